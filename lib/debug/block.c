/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pool and heap blocks on their way to the user and back. */
#include "account/tag.h"
#include "base/os.h"
#include "base/track.h"
#include "core/report.h"
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/record.h"
#include "debug/report.h"

#include <stdio.h>
#include <string.h>

/* Now and then the name is asked for again: a thread may have got another one. */
static const char *thread_name(fa_lane *lane)
{
    enum { USES_MAX = 1024 };
    fa_debug_lane *known = &lane->debug;
    if (known->thread != fa_os_thread_id() || known->uses++ == USES_MAX) {
        fa_os_thread_name(known->name, sizeof known->name);
        known->thread = fa_os_thread_id();
        known->uses = 0;
    }
    return known->name;
}

fa_debug_moment fa_moment_now(fa_lane *lane)
{
    fa_debug_moment now = {.time_ns = fa_os_nanoseconds()};
    if (lane == NULL) {
        fa_os_thread_name(now.thread, sizeof now.thread);
        return now;
    }
    memcpy(now.thread, thread_name(lane), sizeof now.thread);
    now.lane = lane->id;
    now.frame = (fa_peek(lane->frame.epoch) + 1) / 2;
    return now;
}

fa_debug_record *fa_debug_begin_record(fa_lane *lane, int32_t intent, size_t size, const fa_debug_layout *layout)
{
    fa_debug_shared *shared = &lane->allocator->debug;
    fa_mutex_lock(&shared->lock);
    fa_debug_record *record = fa_record_make(shared);
    fa_mutex_unlock(&shared->lock);
    if (record == NULL)
        return NULL;
    record->size = size;
    record->behind = layout->behind;
    record->intent = intent;
    record->guarded = fa_peek(shared->flags) & FA_DEBUG_GUARDS;
    record->taken = fa_moment_now(lane);
    record->tag = fa_tag_id(lane->allocator, lane->account.current);
    (void)snprintf(record->phase, sizeof record->phase, "%s", fa_debug_phase(lane));
    return record;
}

void fa_debug_drop_record(fa_allocator *a, fa_debug_record *record)
{
    fa_mutex_lock(&a->debug.lock);
    fa_record_discard(&a->debug, record);
    fa_mutex_unlock(&a->debug.lock);
}

void fa_debug_count_live(fa_debug_shared *shared, const fa_debug_record *record, bool more)
{
    fa_debug_site *site = fa_site_at(shared, record->taken.site);
    uint64_t one = more ? 1 : (uint64_t)-1;
    shared->figures.live_blocks += one;
    shared->figures.live_bytes += one * record->size;
    if (site == NULL)
        return;
    site->live_blocks += one;
    site->live_bytes += one * record->size;
}

static void count_allocation(fa_debug_shared *shared, const fa_debug_record *record)
{
    fa_debug_site *site = fa_site_at(shared, record->taken.site);
    fa_debug_count_live(shared, record, true);
    if (site == NULL)
        return;
    site->allocations++;
    site->bytes += record->size;
}

static void track_taken(fa_allocator *a, fa_debug_record *record)
{
    record->tracked = fa_peek(a->debug.flags) & FA_DEBUG_TOOLS;
    if (!record->tracked)
        return;
    fa_track_taken(a, record->block, record->size);
    fa_guards_close(record);
}

void fa_debug_track_gone(fa_allocator *a, fa_debug_record *record)
{
    if (!record->tracked)
        return;
    fa_track_gone(a, record->block, record->size);
    record->tracked = false;
}

bool fa_debug_enter(fa_allocator *a, fa_debug_record *record, void *chunk)
{
    fa_debug_shared *shared = &a->debug;
    fa_debug_stack stack;
    if (fa_peek(shared->flags) & FA_DEBUG_POISON)
        memset(record->block, FA_FRESH_PATTERN, record->size);
    if (record->guarded)
        fa_guards_write(record);
    track_taken(a, record);
    fa_site_capture(a, &stack);
    fa_mutex_lock(&shared->lock);
    fa_debug_record *first = chunk == NULL || fa_peek(shared->flags) == 0 ? NULL : fa_record_of_chunk(shared, chunk);
    bool known = chunk == NULL || first != NULL;
    if (known) {
        record->taken.site = fa_site_number(shared, &stack);
        record->serial = ++shared->serial;
        fa_record_enter(shared, record);
        count_allocation(shared, record);
    } else {
        fa_record_discard(shared, record);
    }
    if (first != NULL) {
        record->older = first->older;
        first->older = record;
    }
    fa_mutex_unlock(&shared->lock);
    return known;
}

void *fa_debug_take(fa_lane *lane, const fa_debug_request *request, fa_debug_source source, fa_status *status)
{
    fa_debug_layout layout = fa_debug_lay_out(request->size, request->align, request->room);
    fa_debug_record *record = fa_debug_begin_record(lane, request->intent, request->size, &layout);
    *status = FA_ERROR_OUT_OF_MEMORY;
    if (record == NULL)
        return NULL;
    unsigned char *base = source(lane, layout.total, request->align, &record->weight, status);
    if (base == NULL) {
        fa_debug_drop_record(lane->allocator, record);
        return NULL;
    }
    record->base = base;
    record->block = base + layout.front;
    record->state = FA_DEBUG_LIVE;
    (void)fa_debug_enter(lane->allocator, record, NULL);
    return base + layout.front;
}

static bool is_frame(const fa_debug_record *record)
{
    return record->state >= FA_DEBUG_FRAMED;
}

static fa_debug_answer refuse_gone(fa_allocator *a, const fa_debug_record *record)
{
    fa_debug_record copy = *record;
    a->debug.figures.double_releases++;
    fa_mutex_unlock(&a->debug.lock);
    (void)fa_debug_refuse_gone(a, &copy);
    return FA_DEBUG_GONE;
}

fa_debug_answer fa_debug_look(fa_allocator *a, const void *block, fa_debug_piece *piece)
{
    fa_mutex_lock(&a->debug.lock);
    const fa_debug_record *record = fa_record_at(&a->debug, block);
    if (record != NULL && !is_frame(record) && record->state != FA_DEBUG_LIVE)
        return refuse_gone(a, record);
    bool known = record != NULL && record->state == FA_DEBUG_LIVE;
    if (known)
        *piece = (fa_debug_piece){record->base, record->size, false};
    fa_mutex_unlock(&a->debug.lock);
    return known ? FA_DEBUG_IN_USE : FA_DEBUG_UNKNOWN;
}

static void report_damage(fa_allocator *a, const fa_debug_record *record)
{
    fa_damage damage = fa_guards_look(record);
    if (damage.kind == FA_DAMAGE_NONE || record->reported)
        return;
    fa_debug_count_damage(a, damage.kind);
    fa_debug_report_damage(a, record, &damage, "found at its release");
}

static bool fits_quarantine(const fa_debug_shared *shared, const fa_debug_record *record)
{
    return fa_peek(shared->flags) & (FA_DEBUG_QUARANTINE | FA_DEBUG_TOOLS) &&
           record->weight <= shared->options.quarantine_bytes;
}

/* The block in use at this address leaves; NULL if there is none, reported if there was one. */
static fa_debug_record *begin_release(fa_allocator *a, const void *block, fa_debug_piece *piece,
                                      fa_debug_answer *answer)
{
    fa_debug_shared *shared = &a->debug;
    fa_debug_stack stack;
    fa_debug_moment now = fa_moment_now(fa_lane_existing(a));
    fa_site_capture(a, &stack);
    fa_mutex_lock(&shared->lock);
    fa_debug_record *record = fa_record_at(shared, block);
    *answer = record == NULL || is_frame(record) ? FA_DEBUG_UNKNOWN : FA_DEBUG_IN_USE;
    if (*answer == FA_DEBUG_IN_USE && record->state != FA_DEBUG_LIVE) {
        *answer = refuse_gone(a, record);
        return NULL;
    }
    if (*answer == FA_DEBUG_IN_USE) {
        record->state = FA_DEBUG_LEAVING;
        record->released = now;
        record->released.site = fa_site_number(shared, &stack);
        *piece = (fa_debug_piece){record->base, record->size, fits_quarantine(shared, record)};
        fa_debug_count_live(shared, record, false);
    }
    fa_mutex_unlock(&shared->lock);
    return *answer == FA_DEBUG_IN_USE ? record : NULL;
}

/* To a tool the block is gone from here on, and its memory stays closed. */
static void poison(fa_allocator *a, fa_debug_record *record)
{
    bool tracked = record->tracked;
    if (tracked)
        fa_track_open(record->base, fa_guards_span(record));
    record->poisoned = fa_peek(a->debug.flags) & FA_DEBUG_POISON;
    if (record->poisoned)
        memset(record->block, FA_FREED_PATTERN, record->size);
    if (record->guarded)
        fa_guards_write(record);
    if (!tracked)
        return;
    fa_debug_track_gone(a, record);
    record->tracked = true;
    fa_track_close(record->base, fa_guards_span(record));
}

/* As it leaves, the record is nobody's but this thread's. */
fa_debug_answer fa_debug_release(fa_allocator *a, void *block, fa_debug_piece *piece)
{
    fa_debug_answer answer;
    fa_debug_record *record = begin_release(a, block, piece, &answer);
    if (record == NULL)
        return answer;
    report_damage(a, record);
    if (piece->kept) {
        poison(a, record);
        return answer;
    }
    if (record->tracked) {
        size_t span = fa_guards_span(record);
        fa_debug_track_gone(a, record);
        fa_track_open(record->base, span);
    }
    fa_mutex_lock(&a->debug.lock);
    fa_record_bury(&a->debug, record);
    fa_mutex_unlock(&a->debug.lock);
    return answer;
}

void fa_debug_restore(fa_allocator *a, void *block)
{
    fa_debug_shared *shared = &a->debug;
    fa_mutex_lock(&shared->lock);
    fa_debug_record *record = fa_record_at(shared, block);
    if (record != NULL && record->state == FA_DEBUG_GRAVE) {
        fa_list_remove(&record->link);
        shared->grave_count--;
        record->state = FA_DEBUG_LIVE;
        fa_debug_count_live(shared, record, true);
    }
    fa_mutex_unlock(&shared->lock);
}
