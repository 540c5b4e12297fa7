/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/track.h"
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/record.h"
#include "debug/report.h"

#include <framealloc/block.h>

static void count_kept(fa_debug_shared *shared, const fa_debug_record *record, bool more)
{
    uint64_t one = more ? 1 : (uint64_t)-1;
    bool pool = record->intent == FA_INTENT_POOL;
    shared->figures.kept_blocks += one;
    shared->figures.kept_bytes += one * record->weight;
    shared->kept_pool_blocks += pool ? one : 0;
    shared->kept_pool_bytes += pool ? one * record->weight : 0;
}

void fa_debug_keep(fa_allocator *a, void *block)
{
    fa_debug_shared *shared = &a->debug;
    fa_mutex_lock(&shared->lock);
    fa_debug_record *record = fa_record_at(shared, block);
    record->state = FA_DEBUG_KEPT;
    record->reported = false;
    fa_list_append(&shared->kept, &record->link);
    count_kept(shared, record, true);
    fa_mutex_unlock(&shared->lock);
}

/* Takes the oldest out, if one is to go. What is found wrong with it is in damage. */
static bool take_oldest(fa_allocator *a, bool all, fa_debug_record *copy, fa_damage *damage)
{
    fa_debug_shared *shared = &a->debug;
    fa_mutex_lock(&shared->lock);
    bool goes = !fa_list_empty(&shared->kept) && (all || shared->figures.kept_bytes > shared->options.quarantine_bytes);
    if (goes) {
        fa_debug_record *record = fa_container_of(shared->kept.next, fa_debug_record, link);
        *damage = fa_guards_look(record);
        *copy = *record;
        count_kept(shared, record, false);
        if (record->tracked)
            fa_track_reuse(record->base, fa_guards_span(record));
        record->tracked = false;
        fa_list_remove(&record->link);
        fa_record_bury(shared, record);
    }
    fa_mutex_unlock(&shared->lock);
    return goes;
}

void fa_debug_evict(fa_allocator *a, bool all)
{
    fa_debug_record record;
    fa_damage damage;
    while (take_oldest(a, all, &record, &damage)) {
        if (damage.kind != FA_DAMAGE_NONE && !record.reported) {
            fa_debug_count_damage(a, damage.kind);
            fa_debug_report_damage(a, &record, &damage, "found when its memory was to be used again");
        }
        fa_debug_give(a, record.base);
    }
}
