/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A table of pointers named by 64-bit ids: slot number + 1 below, generation above.
 * An id is never 0 and never named again: a slot retires before its generation wraps.
 * The salt keeps ids of one table from being taken for those of another. */
#ifndef FA_BASE_SLOTS_H
#define FA_BASE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

/* The generation in which a place retires; a test lowers it to see that happen. */
#ifndef FA_LAST_GENERATION
#define FA_LAST_GENERATION UINT32_MAX
#endif

struct fa_slot;

typedef struct fa_slots {
    struct fa_slot *slots;
    uint32_t capacity;
    uint32_t first_free; /* slot number + 1, 0 for none */
    uint32_t salt;
} fa_slots;

/* The id of a new slot that holds value, 0 when there is no memory. */
uint64_t fa_slots_insert(fa_slots *table, void *value);

/* The value, NULL for an id that is not live. */
void *fa_slots_get(const fa_slots *table, uint64_t id);

/* Ends the id and returns its value, NULL for an id that is not live. */
void *fa_slots_remove(fa_slots *table, uint64_t id);

/* Ends any live id and returns its value, NULL when there is none. */
void *fa_slots_remove_any(fa_slots *table);

void fa_slots_dispose(fa_slots *table);

#endif
