/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The operating system as a handful of primitives. */
#ifndef FA_BASE_OS_H
#define FA_BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a system page. */
size_t fa_os_page_size(void);

/* Maps fresh zeroed memory with an alignment that is a power of two, NULL when
 * there is none. size must be a multiple of the system page. */
void *fa_os_map(size_t size, size_t alignment);

/* Unmaps exactly what fa_os_map() returned. */
void fa_os_unmap(void *memory, size_t size);

/* Takes access to whole pages away, and gives it back. False if that cannot be. */
bool fa_os_protect(void *memory, size_t size);
bool fa_os_unprotect(void *memory, size_t size);

/* Hints that huge pages would serve this range. */
void fa_os_advise_huge(void *memory, size_t size);

/* Makes every page of a range present. */
void fa_os_prefault(void *memory, size_t size);

/* Aligned memory of the C library; release with fa_os_system_free(). */
void *fa_os_system_allocate(size_t size, size_t alignment);
void fa_os_system_free(void *memory);

/* Whether libnuma is there and the machine has the node. */
bool fa_os_numa_has_node(int node);
bool fa_os_numa_available(void);

/* Binds a mapped range to a node; libnuma must be available. */
void fa_os_numa_bind(void *memory, size_t size, int node);

/* Nanoseconds of the monotonic clock. */
uint64_t fa_os_nanoseconds(void);

/* Lets other threads run; those of a lower priority too, once one has waited often. */
void fa_os_wait(unsigned times_before);

/* Lets them run for so many nanoseconds. */
void fa_os_pause(uint64_t nanoseconds);

/* A thread cancelled where it waits would never end its call: between the two it is not. */
int fa_os_hold_cancellation(void);
void fa_os_restore_cancellation(int before);

/* Tells threads that run at the same time apart, without a system call. */
uintptr_t fa_os_thread_id(void);

/* Of the calling thread, as the system numbers it; and whether the process began with it. */
uint64_t fa_os_thread_number(void);
bool fa_os_is_main_thread(void);

/* Copies memory that may be gone. False if it is. */
bool fa_os_read(const void *from, void *to, size_t size);

/* Path of the program or shared object that an address lies in, "an unknown file" if that cannot be told. */
const char *fa_os_file_of(const void *address);

/* Name of the calling thread; buffer is always terminated. */
void fa_os_thread_name(char *buffer, size_t size);

/* Returns when every running thread of the process has passed a full memory barrier since the call. */
void fa_os_process_barrier(void);

#endif
