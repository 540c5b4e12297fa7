/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks in arenas. Each chunk that has some is in the table, too, and leads to them, newest first: as an arena bumps, that
 * is in order of address. */
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/fault.h"
#include "debug/memory.h"
#include "debug/record.h"
#include "debug/report.h"

#include <string.h>

void *fa_debug_frame_block(fa_lane *lane, void *chunk, void *base, const fa_debug_layout *layout, int32_t intent,
                           size_t size)
{
    fa_allocator *a = lane->allocator;
    unsigned char *block = (unsigned char *)base + layout->front;
    fa_debug_record *record = fa_debug_begin_record(lane, intent, size, layout);
    if (record == NULL)
        return block;
    record->base = base;
    record->block = block;
    record->state = FA_DEBUG_FRAMED;
    (void)fa_debug_enter(a, record, chunk);
    return block;
}

void *fa_debug_frame_newest(fa_allocator *a, const void *chunk, const void *block, size_t size)
{
    fa_mutex_lock(&a->debug.lock);
    const fa_debug_record *first = fa_record_at(&a->debug, chunk);
    const fa_debug_record *newest = first == NULL ? NULL : first->older;
    void *base = newest != NULL && newest->block == block && newest->size == fa_max(size, 1) ? newest->base : NULL;
    fa_mutex_unlock(&a->debug.lock);
    return base;
}

/* The next damaged block that was not reported: a copy of its record. */
static bool find_damage(fa_allocator *a, const void *chunk, uintptr_t from, fa_debug_record *copy, fa_damage *damage)
{
    bool found = false;
    fa_mutex_lock(&a->debug.lock);
    fa_debug_record *record = fa_record_at(&a->debug, chunk);
    record = record == NULL ? NULL : record->older;
    for (; record != NULL && (uintptr_t)record->block >= from && !found; record = record->older) {
        *damage = record->reported ? (fa_damage){0} : fa_guards_look(record);
        found = damage->kind != FA_DAMAGE_NONE;
        record->reported = record->reported || found;
        *copy = *record;
    }
    fa_mutex_unlock(&a->debug.lock);
    return found;
}

void fa_debug_frame_check(fa_allocator *a, const void *chunk, uintptr_t from)
{
    fa_debug_record record;
    fa_damage damage;
    while (find_damage(a, chunk, from, &record, &damage)) {
        fa_debug_count_damage(a, damage.kind);
        fa_debug_report_damage(a, &record, &damage, "found when its memory went");
    }
}

void fa_debug_frame_forget(fa_allocator *a, const void *chunk, uintptr_t from)
{
    fa_debug_shared *shared = &a->debug;
    fa_mutex_lock(&shared->lock);
    fa_debug_record *first = fa_record_at(shared, chunk);
    while (first != NULL && first->older != NULL && (uintptr_t)first->older->block >= from) {
        fa_debug_record *record = first->older;
        first->older = record->older;
        if (record->state == FA_DEBUG_FRAMED)
            fa_debug_count_live(shared, record, false);
        fa_debug_track_gone(a, record);
        fa_record_remove(shared, record);
    }
    if (first != NULL && first->older == NULL)
        fa_record_remove(shared, first);
    fa_mutex_unlock(&shared->lock);
}

/* Locked. */
static fa_debug_site *nameless_site(const fa_debug_shared *shared, const fa_debug_record *record)
{
    for (; record != NULL; record = record->older) {
        fa_debug_site *site = fa_site_at(shared, record->taken.site);
        if (site != NULL && site->brief == NULL)
            return site;
    }
    return NULL;
}

/* A handler of signals cannot look names up. */
static void name_sites(fa_allocator *a, const void *chunk)
{
    enum { BRIEF_BYTES = 192 };
    fa_debug_shared *shared = &a->debug;
    for (;;) {
        char text[BRIEF_BYTES];
        fa_mutex_lock(&shared->lock);
        const fa_debug_site *site = nameless_site(shared, fa_record_at(shared, chunk));
        uint32_t number = site == NULL ? 0 : site->number;
        fa_mutex_unlock(&shared->lock);
        if (number == 0)
            return;
        fa_site_brief(a, number, text, sizeof text);
        fa_mutex_lock(&shared->lock);
        char *brief = fa_debug_memory_take(shared, strlen(text) + 1);
        if (brief != NULL)
            fa_site_at(shared, number)->brief = strcpy(brief, text);
        fa_mutex_unlock(&shared->lock);
        if (brief == NULL)
            return;
    }
}

/* The chunk's own record holds its place. */
void fa_debug_frame_keep(fa_allocator *a, void *chunk, const void *payload, size_t bytes)
{
    fa_debug_shared *shared = &a->debug;
    if (fa_peek(shared->flags) & FA_DEBUG_FAULTS)
        name_sites(a, chunk);
    fa_mutex_lock(&shared->lock);
    fa_debug_record *first = fa_record_of_chunk(shared, chunk);
    for (fa_debug_record *record = first == NULL ? NULL : first->older; record != NULL; record = record->older) {
        record->state = FA_DEBUG_ENDED;
        fa_debug_count_live(shared, record, false);
    }
    if (first != NULL)
        first->place = fa_fault_expect(a, (uintptr_t)payload, bytes, first->older);
    fa_mutex_unlock(&shared->lock);
}

void fa_debug_frame_unkeep(fa_allocator *a, const void *chunk)
{
    fa_mutex_lock(&a->debug.lock);
    fa_debug_record *first = fa_record_at(&a->debug, chunk);
    struct fa_fault_place *place = first == NULL ? NULL : first->place;
    if (first != NULL)
        first->place = NULL;
    fa_mutex_unlock(&a->debug.lock);
    fa_fault_forget(place);
}
