/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/track.h"

#if FA_HAVE_VALGRIND
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed) ((void)(pool))
#define VALGRIND_DESTROY_MEMPOOL(pool) ((void)(pool))
#define VALGRIND_MEMPOOL_ALLOC(pool, block, size) ((void)(pool), (void)(block), (void)(size))
#define VALGRIND_MEMPOOL_FREE(pool, block) ((void)(pool), (void)(block))
#define VALGRIND_MAKE_MEM_NOACCESS(memory, size) ((void)(memory), (void)(size))
#define VALGRIND_MAKE_MEM_UNDEFINED(memory, size) ((void)(memory), (void)(size))
#define VALGRIND_MAKE_MEM_DEFINED(memory, size) ((void)(memory), (void)(size))
#endif

/* The public interface of the sanitizers, as far as it is linked into the process. */
extern void __asan_poison_memory_region(void const volatile *memory, size_t size) __attribute__((weak));
extern void __asan_unpoison_memory_region(void const volatile *memory, size_t size) __attribute__((weak));

/* Bytes beside a block that still are described as being beside it. */
enum { GUARD = 16 };

_Atomic bool fa_track_active;

bool fa_track_present(void)
{
    return (__asan_poison_memory_region != NULL && __asan_unpoison_memory_region != NULL) || RUNNING_ON_VALGRIND != 0;
}

static void poison(const void *memory, size_t size)
{
    if (__asan_poison_memory_region != NULL)
        __asan_poison_memory_region(memory, size);
}

static void unpoison(const void *memory, size_t size)
{
    if (__asan_unpoison_memory_region != NULL)
        __asan_unpoison_memory_region(memory, size);
}

void fa_track_begin(const void *owner)
{
    atomic_store(&fa_track_active, true);
    VALGRIND_CREATE_MEMPOOL(owner, GUARD, 0);
}

void fa_track_end(const void *owner)
{
    VALGRIND_DESTROY_MEMPOOL(owner);
}

void fa_track_taken(const void *owner, const void *block, size_t size)
{
    unpoison(block, size);
    VALGRIND_MEMPOOL_ALLOC(owner, block, size);
}

void fa_track_gone(const void *owner, const void *block, size_t size)
{
    poison(block, size);
    VALGRIND_MEMPOOL_FREE(owner, block);
}

void fa_track_close(const void *memory, size_t size)
{
    poison(memory, size);
    (void)VALGRIND_MAKE_MEM_NOACCESS(memory, size);
}

void fa_track_reuse(const void *memory, size_t size)
{
    unpoison(memory, size);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
}

void fa_track_open(const void *memory, size_t size)
{
    unpoison(memory, size);
    (void)VALGRIND_MAKE_MEM_DEFINED(memory, size);
}
