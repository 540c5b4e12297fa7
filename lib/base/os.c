/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/os.h"

#include "base/bits.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

size_t fa_os_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *map_pages(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* The kernel aligns to pages only: map more, cut what sticks out. */
static void *map_with_slack(size_t size, size_t alignment)
{
    size_t whole;
    if (!fa_add(size, alignment, &whole))
        return NULL;
    unsigned char *raw = map_pages(whole);
    if (raw == NULL)
        return NULL;
    unsigned char *memory = (unsigned char *)fa_round_up((uintptr_t)raw, alignment);
    size_t before = (size_t)(memory - raw);
    size_t after = whole - before - size;
    if (before != 0)
        (void)munmap(raw, before);
    if (after != 0)
        (void)munmap(memory + size, after);
    return memory;
}

void *fa_os_map(size_t size, size_t alignment)
{
    if (alignment <= fa_os_page_size())
        return map_pages(size);
    void *memory = map_pages(size);
    if (memory == NULL || ((uintptr_t)memory & (alignment - 1)) == 0)
        return memory;
    fa_os_unmap(memory, size);
    return map_with_slack(size, alignment);
}

void fa_os_unmap(void *memory, size_t size)
{
    (void)munmap(memory, size);
}

bool fa_os_protect(void *memory, size_t size)
{
    return mprotect(memory, size, PROT_NONE) == 0;
}

bool fa_os_unprotect(void *memory, size_t size)
{
    return mprotect(memory, size, PROT_READ | PROT_WRITE) == 0;
}

void fa_os_advise_huge(void *memory, size_t size)
{
    (void)madvise(memory, size, MADV_HUGEPAGE);
}

void fa_os_prefault(void *memory, size_t size)
{
    volatile unsigned char *bytes = memory;
    size_t step = fa_os_page_size();
    for (size_t offset = 0; offset < size; offset += step)
        bytes[offset] = bytes[offset];
}

void *fa_os_system_allocate(size_t size, size_t alignment)
{
    void *memory = NULL;
    if (posix_memalign(&memory, fa_max(alignment, sizeof(void *)), size) != 0)
        return NULL;
    return memory;
}

void fa_os_system_free(void *memory)
{
    free(memory);
}

uint64_t fa_os_nanoseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int fa_os_hold_cancellation(void)
{
    int before = PTHREAD_CANCEL_ENABLE;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

void fa_os_restore_cancellation(int before)
{
    (void)pthread_setcancelstate(before, &(int){0});
}

void fa_os_pause(uint64_t nanoseconds)
{
    const uint64_t second = 1000000000;
    const struct timespec time = {(time_t)(nanoseconds / second), (long)(nanoseconds % second)};
    int before = fa_os_hold_cancellation();
    (void)nanosleep(&time, NULL);
    fa_os_restore_cancellation(before);
}

void fa_os_wait(unsigned times_before)
{
    enum { YIELDS = 16, SLEEP_NANOSECONDS = 20000 };
    if (times_before < YIELDS)
        (void)sched_yield();
    else
        fa_os_pause(SLEEP_NANOSECONDS);
}

/* Linux 4.14 and later; an older kernel has the slow form, or none, and then a pause stands in for it: a processor
 * empties its store buffer long before. */
void fa_os_process_barrier(void)
{
    enum { PAUSE_NANOSECONDS = 10000000 };
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
        fa_os_pause(PAUSE_NANOSECONDS);
}

uintptr_t fa_os_thread_id(void)
{
    return (uintptr_t)pthread_self();
}

uint64_t fa_os_thread_number(void)
{
    return (uint64_t)syscall(SYS_gettid);
}

bool fa_os_is_main_thread(void)
{
    return fa_os_thread_number() == (uint64_t)getpid();
}

/* For a few bytes, which lie in two pages at most. */
static bool is_mapped(const void *from, size_t size)
{
    unsigned char pages[2];
    size_t offset = (uintptr_t)from % (uintptr_t)sysconf(_SC_PAGESIZE);
    return mincore((unsigned char *)(uintptr_t)from - offset, offset + size, pages) == 0 || errno != ENOMEM;
}

/* Where the system does not let a process read itself so, the memory is looked for first, which leaves an instant between. */
bool fa_os_read(const void *from, void *to, size_t size)
{
    int before = errno;
    union {
        const void *in;
        void *out;
    } shed = {from};
    const struct iovec here = {to, size};
    const struct iovec there = {shed.out, size};
    long read = syscall(SYS_process_vm_readv, getpid(), &here, 1ul, &there, 1ul, 0ul);
    bool refused = read < 0 && errno != EFAULT;
    bool is_there = refused ? is_mapped(from, size) : read >= 0;
    errno = before;
    if (refused && is_there)
        memcpy(to, from, size);
    return is_there;
}

const char *fa_os_file_of(const void *address)
{
    Dl_info info;
    bool found = dladdr(address, &info) != 0 && info.dli_fname != NULL;
    return found ? info.dli_fname : "an unknown file";
}

void fa_os_thread_name(char *buffer, size_t size)
{
    if (pthread_getname_np(pthread_self(), buffer, size) != 0)
        buffer[0] = '\0';
}
