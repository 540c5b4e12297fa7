/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Looking at everything, and at one address. */
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "debug/block.h"
#include "debug/check.h"
#include "debug/debug.h"
#include "debug/record.h"
#include "debug/report.h"

#include <string.h>

void fa_debug_count_damage(fa_allocator *a, fa_damage_kind kind)
{
    fa_debug_stats *figures = &a->debug.figures;
    fa_mutex_lock(&a->debug.lock);
    figures->overflows += kind == FA_DAMAGE_OVERFLOW;
    figures->underflows += kind == FA_DAMAGE_UNDERFLOW;
    figures->late_writes += kind == FA_DAMAGE_LATE;
    fa_mutex_unlock(&a->debug.lock);
}

static bool can_be_looked_at(const fa_debug_record *record)
{
    return record->state == FA_DEBUG_LIVE || record->state == FA_DEBUG_KEPT || record->state == FA_DEBUG_FRAMED;
}

/* Some damaged blocks that were not reported. */
static size_t find_damaged(fa_allocator *a, fa_debug_record *copies, fa_damage *damages, size_t most)
{
    size_t found = 0;
    fa_mutex_lock(&a->debug.lock);
    for (fa_debug_record *record = NULL; found < most && (record = fa_record_next(&a->debug, record)) != NULL;) {
        if (record->reported || !can_be_looked_at(record))
            continue;
        damages[found] = fa_guards_look(record);
        if (damages[found].kind == FA_DAMAGE_NONE)
            continue;
        record->reported = true;
        copies[found++] = *record;
    }
    fa_mutex_unlock(&a->debug.lock);
    return found;
}

uint64_t fa_debug_check_all(fa_allocator *a, const char *when)
{
    enum { AT_ONCE = 8 };
    fa_debug_record records[AT_ONCE];
    fa_damage damages[AT_ONCE];
    uint64_t all = 0;
    for (size_t found = AT_ONCE; found == AT_ONCE; all += found) {
        found = find_damaged(a, records, damages, AT_ONCE);
        for (size_t i = 0; i < found; i++) {
            fa_debug_count_damage(a, damages[i].kind);
            fa_debug_report_damage(a, &records[i], &damages[i], when);
        }
    }
    return all;
}

fa_status fa_debug_check(fa_allocator *a, uint64_t *found)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    uint64_t damaged = fa_debug_check_all(a, "found by fa_debug_check()");
    if (found != NULL)
        *found = damaged;
    return FA_OK;
}

static int32_t public_state(const fa_debug_record *record)
{
    switch ((fa_debug_state)record->state) {
    case FA_DEBUG_KEPT: return FA_DEBUG_BLOCK_KEPT;
    case FA_DEBUG_LEAVING:
    case FA_DEBUG_GRAVE: return FA_DEBUG_BLOCK_RELEASED;
    case FA_DEBUG_ENDED: return FA_DEBUG_BLOCK_ENDED;
    default: return FA_DEBUG_BLOCK_LIVE;
    }
}

fa_debug_block fa_debug_describe(const fa_debug_record *record)
{
    fa_debug_block out = FA_DEBUG_BLOCK_INIT;
    out.state = public_state(record);
    out.address = record->block;
    out.bytes = record->size;
    out.serial = record->serial;
    out.intent = record->intent;
    out.site = record->taken.site;
    out.release_site = record->released.site;
    out.tag = record->tag;
    out.lane = record->taken.lane;
    out.frame = record->taken.frame;
    out.time_ns = record->taken.time_ns;
    out.release_lane = record->released.lane;
    out.release_frame = record->released.frame;
    out.release_time_ns = record->released.time_ns;
    memcpy(out.phase, record->phase, sizeof out.phase);
    memcpy(out.thread, record->taken.thread, sizeof out.thread);
    memcpy(out.release_thread, record->released.thread, sizeof out.release_thread);
    return out;
}

fa_status fa_debug_find(fa_allocator *a, const void *address, fa_debug_block *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_debug_block block = FA_DEBUG_BLOCK_INIT;
    fa_mutex_lock(&a->debug.lock);
    const fa_debug_record *record = fa_record_around(&a->debug, address);
    if (record != NULL)
        block = fa_debug_describe(record);
    fa_mutex_unlock(&a->debug.lock);
    fa_status status = fa_versioned_write(a, out, &block, sizeof block);
    return status != FA_OK || record != NULL ? status : fa_fail(FA_ERROR_NOT_FOUND);
}

fa_status fa_debug_get_stats(fa_allocator *a, fa_debug_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_debug_shared *shared = &a->debug;
    fa_mutex_lock(&shared->lock);
    fa_debug_stats stats = shared->figures;
    stats.sites = shared->site_count;
    stats.sites_lost = shared->sites_lost;
    stats.kept_frame_bytes = fa_peek(shared->kept_frame_bytes);
    stats.overhead_bytes = fa_peek(shared->overhead);
    fa_mutex_unlock(&shared->lock);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

void fa_debug_each(fa_allocator *a, int32_t intent, void (*visit)(void *context, void *block, size_t size),
                   void *context)
{
    fa_mutex_lock(&a->debug.lock);
    for (fa_debug_record *record = NULL; (record = fa_record_next(&a->debug, record)) != NULL;) {
        if (record->state == FA_DEBUG_LIVE && record->intent == intent)
            visit(context, record->block, record->size);
    }
    fa_mutex_unlock(&a->debug.lock);
}
