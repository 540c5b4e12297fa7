/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/leaks.h"

#include "account/tag.h"
#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "debug/record.h"
#include "debug/report.h"
#include "debug/site.h"

#include <framealloc/tag.h>

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

static bool same_group(const fa_debug_leak *group, const fa_debug_record *record)
{
    return group->site == record->taken.site && group->intent == record->intent && group->tag == record->tag;
}

static size_t place_for(uint32_t site, int32_t intent, uint64_t tag, size_t capacity)
{
    uint64_t key = site * 3u + (uint64_t)intent + tag * 31u;
    return (size_t)(key * 0x9e3779b97f4a7c15u >> 32) & (capacity - 1);
}

/* The place of a group in an open table, or of a free one. */
static fa_debug_leak *find_group(const fa_leak_list *list, const fa_debug_record *record)
{
    size_t place = place_for(record->taken.site, record->intent, record->tag, list->capacity);
    while (list->groups[place].blocks != 0 && !same_group(&list->groups[place], record))
        place = (place + 1) & (list->capacity - 1);
    return &list->groups[place];
}

static size_t bytes_of(size_t capacity)
{
    return fa_round_up(capacity * sizeof(fa_debug_leak), fa_os_page_size());
}

static bool grow(fa_leak_list *list)
{
    size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity * 4;
    fa_debug_leak *groups = fa_os_map(bytes_of(capacity), sizeof(void *));
    if (groups == NULL)
        return false;
    for (size_t i = 0; i < list->capacity; i++) {
        const fa_debug_leak *group = &list->groups[i];
        size_t place = place_for(group->site, group->intent, group->tag, capacity);
        while (group->blocks != 0 && groups[place].blocks != 0)
            place = (place + 1) & (capacity - 1);
        if (group->blocks != 0)
            groups[place] = *group;
    }
    fa_leaks_dispose(list);
    list->groups = groups;
    list->capacity = capacity;
    return true;
}

static void add(fa_leak_list *list, const fa_debug_record *record)
{
    list->blocks++;
    list->bytes += record->size;
    if (2 * list->count >= list->capacity && !grow(list)) {
        list->complete = false;
        return;
    }
    fa_debug_leak *group = find_group(list, record);
    if (group->blocks == 0) {
        *group = (fa_debug_leak){.site = record->taken.site, .intent = record->intent, .tag = record->tag};
        list->count++;
    }
    group->blocks++;
    group->bytes += record->size;
    if (group->oldest == NULL || record->taken.time_ns < group->oldest_time_ns) {
        group->oldest = record->block;
        group->oldest_time_ns = record->taken.time_ns;
        group->oldest_lane = record->taken.lane;
        group->oldest_frame = record->taken.frame;
    }
}

static uint64_t current_frame(fa_allocator *a, uint64_t lane_id)
{
    const fa_lane *lane = fa_lanes_first(a);
    while (lane != NULL && lane->id != lane_id)
        lane = lane->next;
    return lane == NULL ? 0 : (fa_peek(lane->frame.epoch) + 1) / 2;
}

static bool is_old(fa_allocator *a, const fa_debug_record *record, const fa_debug_age *age, uint64_t now)
{
    if (now - record->taken.time_ns < age->nanoseconds)
        return false;
    return age->frames == 0 || current_frame(a, record->taken.lane) - record->taken.frame >= age->frames;
}

static int larger_first(const void *left, const void *right)
{
    const fa_debug_leak *a = left;
    const fa_debug_leak *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return a->oldest_time_ns < b->oldest_time_ns ? -1 : a->oldest_time_ns > b->oldest_time_ns;
}

/* Moves the groups together. */
static void pack(fa_leak_list *list)
{
    size_t used = 0;
    for (size_t i = 0; i < list->capacity; i++) {
        if (list->groups[i].blocks != 0)
            list->groups[used++] = list->groups[i];
    }
    if (used != 0)
        qsort(list->groups, used, sizeof *list->groups, larger_first);
}

fa_leak_list fa_leaks_gather(fa_allocator *a, const fa_debug_age *age)
{
    fa_leak_list list = {.complete = true};
    uint64_t now = fa_os_nanoseconds();
    fa_mutex_lock(&a->debug.lock);
    for (fa_debug_record *record = NULL; (record = fa_record_next(&a->debug, record)) != NULL;) {
        if (record->state == FA_DEBUG_LIVE && is_old(a, record, age, now))
            add(&list, record);
    }
    fa_mutex_unlock(&a->debug.lock);
    pack(&list);
    return list;
}

void fa_leaks_dispose(fa_leak_list *list)
{
    if (list->groups != NULL)
        fa_os_unmap(list->groups, bytes_of(list->capacity));
    list->groups = NULL;
}

static void describe_group(fa_allocator *a, fa_note *note, const fa_debug_leak *group)
{
    char site[192];
    char tag[96] = "";
    fa_site_brief(a, group->site, site, sizeof site);
    if (fa_tag_node_of(a, group->tag) != NULL)
        (void)fa_tag_path(a, group->tag, tag, sizeof tag);
    fa_note_add(note, "%llu block%s of %llu bytes (%s", (unsigned long long)group->blocks, group->blocks == 1 ? "" : "s",
                (unsigned long long)group->bytes, fa_debug_intent_word(group->intent));
    if (tag[0] != 0)
        fa_note_add(note, ", tag %s", tag);
    fa_note_add(note, ")%s%s; the oldest at %p (lane %llu, frame %llu)",
                site[0] != 0 ? ", allocated by " : "", site, group->oldest,
                (unsigned long long)group->oldest_lane, (unsigned long long)group->oldest_frame);
}

uint64_t fa_leaks_report(fa_allocator *a, int32_t code, const fa_debug_age *age)
{
    enum { NAMED = 7 };
    fa_leak_list list = fa_leaks_gather(a, age);
    for (size_t i = 0; i < list.count && i < NAMED; i++) {
        fa_note note = {0};
        describe_group(a, &note, &list.groups[i]);
        fa_note_emit(a, code, FA_OK, &note);
    }
    if (list.blocks != 0) {
        fa_note note = {0};
        fa_note_add(&note, "%llu block%s of %llu bytes in all", (unsigned long long)list.blocks, list.blocks == 1 ? "" : "s",
                    (unsigned long long)list.bytes);
        fa_note_emit(a, code, FA_OK, &note);
    }
    fa_leaks_dispose(&list);
    return list.blocks;
}

static fa_status refuse_array(fa_allocator *a)
{
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write the leaks to");
}

fa_status fa_debug_leaks(fa_allocator *a, uint64_t older_than_ns, uint64_t older_than_frames, fa_debug_leak *leaks,
                         size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (leaks == NULL && capacity != 0))
        return refuse_array(a);
    fa_leak_list list = fa_leaks_gather(a, &(fa_debug_age){older_than_ns, older_than_frames});
    fa_status status = list.complete ? FA_OK : fa_fail(FA_ERROR_OUT_OF_MEMORY);
    if (status == FA_OK) {
        *total = list.count;
        if (fa_min(capacity, list.count) != 0)
            memcpy(leaks, list.groups, fa_min(capacity, list.count) * sizeof *leaks);
    }
    fa_leaks_dispose(&list);
    return status;
}

fa_status fa_debug_report_old(fa_allocator *a, uint64_t older_than_ns, uint64_t older_than_frames, uint64_t *found)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    uint64_t blocks = fa_leaks_report(a, FA_CODE_OLD_BLOCK, &(fa_debug_age){older_than_ns, older_than_frames});
    if (found != NULL)
        *found = blocks;
    return FA_OK;
}
