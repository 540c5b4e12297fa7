/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A table of pointers by number, 0 to 65,535. Read without a lock; entries stay where they are as it grows. */
#ifndef FA_BASE_NUMBERED_H
#define FA_BASE_NUMBERED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { FA_NUMBERED_PAGE = 256, FA_NUMBERED_MAX = 65535 };

typedef struct fa_numbered {
    _Atomic(_Atomic(void *) *) pages[FA_NUMBERED_PAGE];
} fa_numbered;

static inline void *fa_numbered_get(const fa_numbered *table, uint32_t number)
{
    _Atomic(void *) *page = atomic_load_explicit(&table->pages[number / FA_NUMBERED_PAGE], memory_order_acquire);
    return page == NULL ? NULL : atomic_load_explicit(&page[number % FA_NUMBERED_PAGE], memory_order_acquire);
}

/* Makes sure that the number can be set; one thread at a time. False without memory. */
static inline bool fa_numbered_reserve(fa_numbered *table, uint32_t number)
{
    _Atomic(_Atomic(void *) *) *place = &table->pages[number / FA_NUMBERED_PAGE];
    if (atomic_load_explicit(place, memory_order_relaxed) != NULL)
        return true;
    _Atomic(void *) *page = calloc(FA_NUMBERED_PAGE, sizeof *page);
    if (page != NULL)
        atomic_store_explicit(place, page, memory_order_release);
    return page != NULL;
}

/* Sets a number that was reserved; one thread at a time. */
static inline void fa_numbered_set(fa_numbered *table, uint32_t number, void *value)
{
    _Atomic(void *) *page = atomic_load_explicit(&table->pages[number / FA_NUMBERED_PAGE], memory_order_relaxed);
    atomic_store_explicit(&page[number % FA_NUMBERED_PAGE], value, memory_order_release);
}

/* Frees the table and, with free(), what is in it. */
static inline void fa_numbered_dispose(fa_numbered *table)
{
    for (uint32_t i = 0; i <= FA_NUMBERED_MAX; i++) {
        if (i % FA_NUMBERED_PAGE == 0 && atomic_load_explicit(&table->pages[i / FA_NUMBERED_PAGE], memory_order_relaxed) == NULL) {
            i += FA_NUMBERED_PAGE - 1;
            continue;
        }
        free(fa_numbered_get(table, i));
    }
    for (uint32_t i = 0; i < FA_NUMBERED_PAGE; i++)
        free((void *)atomic_load_explicit(&table->pages[i], memory_order_relaxed));
}

#endif
