/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which tags matter most, where there is no room for all. */
#ifndef FA_ACCOUNT_RANK_H
#define FA_ACCOUNT_RANK_H

#include "core/allocator.h"

/* A tag among those with the most bytes. */
typedef struct fa_tag_rank {
    uint64_t bytes;
    uint32_t number;
} fa_tag_rank;

/* Chooses count of the first total tags, those with the most bytes, and puts them in order of making. The bytes are in none
 * when all are chosen. */
void fa_tags_rank(fa_allocator *a, fa_tag_rank *chosen, uint32_t count, uint32_t total);

#endif
