/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The tree of tags. Tags are made under the allocator's lock, found without it, and stay as long as the allocator. */
#ifndef FA_ACCOUNT_TAG_H
#define FA_ACCOUNT_TAG_H

#include "core/lane.h"

/* Frame or scratch memory of one tag. Any thread writes, when it settles. */
typedef struct fa_arena_figures {
    fa_counter live_bytes;
    fa_counter peak_bytes;
    fa_counter total_bytes;
    fa_counter allocations;
    fa_counter frees;
} fa_arena_figures;

struct fa_tag_node {
    fa_tag_node *parent;
    _Atomic(fa_tag_node *) nested; /* newest first */
    fa_tag_node *sibling;
    fa_meter meter;                /* live bytes of the tag and of those nested in it */
    fa_arena_figures frame;
    fa_arena_figures scratch;
    fa_counter told;               /* live bytes that the profiler knows */
    _Atomic(fa_filter_figures *) behaviour; /* of the filter, once it has seen the tag */
    uint32_t number; /* 1 upwards: what blocks are stamped with */
    uint32_t level;
    uint32_t hash;
    char name[FA_TAG_NAME_MAX + 1];
};

/* Blocks of one tag and one intent that a lane owns. The lane writes, but for the returned ones. */
typedef struct fa_block_figures {
    fa_counter allocated_bytes;
    fa_counter allocated_count;
    fa_counter freed_bytes;
    fa_counter freed_count;
    fa_counter returned_bytes; /* released by other threads, who write it */
    fa_counter returned_count;
    fa_counter peak_bytes;
} fa_block_figures;

struct fa_tag_entry {
    fa_block_figures pool;
    fa_block_figures heap;
};

/* The tag with this number; it must have been handed out. */
fa_tag_node *fa_tag_node_at(fa_allocator *a, uint32_t number);

/* The tag an id names, NULL if it is none of this allocator. */
fa_tag_node *fa_tag_node_of(fa_allocator *a, fa_tag tag);

/* The same with a report. */
fa_tag_node *fa_tag_node_need(fa_allocator *a, fa_tag tag);

/* 0 for NULL. */
fa_tag fa_tag_id(fa_allocator *a, const fa_tag_node *node);

/* The tag of this name in parent (NULL: outermost), made if there is none; NULL with a report on failure. */
fa_tag_node *fa_tag_node_nested(fa_allocator *a, fa_tag_node *parent, const char *name);

/* The lane's entry for a tag, NULL if it has none. */
fa_tag_entry *fa_tag_entry_of(const fa_lane *lane, uint32_t number);

/* The same, made if there is none; NULL without memory. For the lane's own thread. */
fa_tag_entry *fa_tag_entry_need(fa_lane *lane, uint32_t number);

void fa_tag_entries_dispose(fa_lane *lane);
void fa_tags_dispose(fa_allocator *a);

#endif
