/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where the memory of an allocator is, for whoever draws it. */
#ifndef FA_OBSERVE_USAGE_H
#define FA_OBSERVE_USAGE_H

#include "account/tag.h"

enum { FA_USAGE_INTENTS = 4 };

/* In the order of fa_usage_intents: frame, pool, heap, scratch. */
typedef struct fa_usage {
    uint64_t live[FA_USAGE_INTENTS];
    uint64_t total;
    uint64_t reserved;
} fa_usage;

typedef struct fa_usage_intent {
    int32_t intent;
    const char *name;
} fa_usage_intent;

extern const fa_usage_intent fa_usage_intents[FA_USAGE_INTENTS];

/* False without statistics. Books the calling lane's frame memory on its tags first. */
bool fa_usage_read(fa_lane *lane, fa_usage *out);

/* Live bytes of a tag and of those nested in it. */
static inline uint64_t fa_usage_of_tag(const fa_tag_node *tag)
{
    return fa_peek(tag->meter.charged);
}

/* Tags have the numbers from 1 to this. */
static inline uint32_t fa_usage_tags(const fa_allocator *a)
{
    return atomic_load_explicit(&a->account.tags, memory_order_acquire);
}

#endif
