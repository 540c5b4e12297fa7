/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ending a frame with promotions: retained blocks are copied to their new home, and counted by what became of them. */
#include "account/scope.h"
#include "core/call.h"
#include "core/report.h"
#include "core/tell.h"
#include "core/versioned.h"
#include "frame/phase.h"
#include "frame/retained.h"

#include <framealloc/frame.h>

#include <stdlib.h>
#include <string.h>

/* What became of the retained blocks of one tag or one phase. */
typedef struct fa_promoted_part {
    fa_tag tag;
    char phase[FA_RETAIN_NAME_MAX + 1];
    fa_promotion_summary sums;
} fa_promoted_part;

/* Every pair of tag and phase that had some, of the last frame that ended with promotions. */
struct fa_promoted {
    fa_promoted_part *parts;
    size_t count;
    size_t capacity;
};

static fa_retained *reversed(fa_retained *newest)
{
    fa_retained *first = NULL;
    while (newest != NULL) {
        fa_retained *older = newest->older;
        newest->older = first;
        first = newest;
        newest = older;
    }
    return first;
}

static void *take(fa_lane *lane, const fa_retained *record, fa_status *status)
{
    size_t size = fa_max(record->size, 1);
    switch (record->policy) {
    case FA_RETAIN_TO_POOL: return fa_promote.to_pool(lane, size, record->align, status);
    case FA_RETAIN_TO_HEAP: return fa_promote.to_heap(lane, size, record->align, status);
    case FA_RETAIN_TO_SCRATCH: return fa_promote.to_scratch(lane, record->scratch, size, record->align, status);
    default: return fa_promote.to_leak(lane, size, record->align, status);
    }
}

/* The block stays with the tag it was retained under. */
static void *move(fa_lane *lane, const fa_retained *record, fa_status *status)
{
    *status = FA_OK;
    if (record->policy == FA_RETAIN_DISCARD)
        return NULL;
    *status = fa_account_enter(lane, fa_tag_node_of(lane->allocator, record->tag));
    if (*status != FA_OK)
        return NULL;
    void *after = take(lane, record, status);
    fa_account_leave(lane);
    return after == NULL ? NULL : memcpy(after, record->block, record->size);
}

static int32_t intent_of(int32_t policy)
{
    return policy == FA_RETAIN_TO_POOL ? FA_INTENT_POOL : policy == FA_RETAIN_TO_SCRATCH ? FA_INTENT_SCRATCH : FA_INTENT_HEAP;
}

static fa_promotion promote(fa_lane *lane, const fa_retained *record)
{
    fa_promotion result = {.before = record->block, .size = record->size, .align = record->align,
                           .policy = record->policy, .tag = record->tag};
    memcpy(result.type_name, record->type_name, sizeof result.type_name);
    memcpy(result.phase, record->phase, sizeof result.phase);
    result.after = move(lane, record, &result.status);
    if (result.after != NULL && lane->watch & (FA_WATCH_ARENAS | FA_WATCH_BLOCKS))
        fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_ALLOC, .intent = intent_of(record->policy),
                                                 .block = result.after, .bytes = record->size, .promoted = true,
                                                 .tag = fa_tag_node_of(lane->allocator, record->tag),
                                                 .tag_id = record->tag});
    return result;
}

static fa_promotion_sum *sum_of_policy(fa_promotion_summary *sums, int32_t policy)
{
    switch (policy) {
    case FA_RETAIN_DISCARD: return &sums->discarded;
    case FA_RETAIN_TO_POOL: return &sums->to_pool;
    case FA_RETAIN_TO_HEAP: return &sums->to_heap;
    case FA_RETAIN_TO_SCRATCH: return &sums->to_scratch;
    default: return &sums->leaked;
    }
}

static fa_promotion_sum *sum_of_reason(fa_promotion_summary *sums, fa_status status)
{
    switch (status) {
    case FA_ERROR_BUDGET: return &sums->budget;
    case FA_ERROR_MEMORY_LIMIT: return &sums->limit;
    case FA_ERROR_NOT_FOUND: return &sums->missing;
    case FA_ERROR_FULL: return &sums->full;
    default: return &sums->memory;
    }
}

static void add(fa_promotion_sum *sum, uint64_t bytes)
{
    sum->count++;
    sum->bytes += bytes;
}

static void count(fa_promotion_summary *sums, const fa_promotion *result)
{
    if (result->status == FA_OK) {
        add(sum_of_policy(sums, result->policy), result->size);
        return;
    }
    add(&sums->failed, result->size);
    add(sum_of_reason(sums, result->status), result->size);
}

/* The part of a result; one was reserved for each. */
static fa_promotion_summary *part_of(struct fa_promoted *promoted, const fa_promotion *result)
{
    for (size_t i = 0; i < promoted->count; i++) {
        if (promoted->parts[i].tag == result->tag && strcmp(promoted->parts[i].phase, result->phase) == 0)
            return &promoted->parts[i].sums;
    }
    fa_promoted_part *part = &promoted->parts[promoted->count++];
    *part = (fa_promoted_part){.tag = result->tag, .sums = FA_PROMOTION_SUMMARY_INIT};
    memcpy(part->phase, result->phase, sizeof part->phase);
    return &part->sums;
}

static bool reserve_parts(fa_lane *lane, size_t parts)
{
    if (lane->frame.promoted == NULL)
        lane->frame.promoted = calloc(1, sizeof *lane->frame.promoted);
    struct fa_promoted *promoted = lane->frame.promoted;
    if (promoted == NULL || promoted->capacity >= parts)
        return promoted != NULL;
    fa_promoted_part *larger = realloc(promoted->parts, parts * sizeof *larger);
    if (larger == NULL)
        return false;
    promoted->parts = larger;
    promoted->capacity = parts;
    return true;
}

static fa_status check(fa_allocator *a, const fa_lane *lane, const fa_promotion *promotions, size_t capacity,
                       size_t *total, fa_promotion_summary *summary)
{
    if (total == NULL || (promotions == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write promotions to");
    if (!fa_frame_running(lane) || lane->frame.end_work & FA_END_RUNNING)
        return fa_refuse(a, FA_CODE_STRAY_END, FA_ERROR_NO_FRAME, "no frame that could end is running on this lane");
    fa_status status = summary == NULL ? FA_OK : fa_versioned_check(summary, sizeof *summary);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the summary has another size");
    *total = fa_frame_retained_count(a);
    return *total > capacity ? fa_fail(FA_ERROR_FULL) : FA_OK;
}

static void promote_all(fa_lane *lane, fa_promotion *promotions, fa_promotion_summary *sums)
{
    fa_retained **list = &lane->frame.retained[fa_ahead_slot(fa_frame_current(lane))];
    lane->frame.promoted->count = 0;
    size_t i = 0;
    for (const fa_retained *record = reversed(*list); record != NULL; record = record->older) {
        promotions[i] = promote(lane, record);
        count(sums, &promotions[i]);
        count(part_of(lane->frame.promoted, &promotions[i]), &promotions[i]);
        i++;
    }
    *list = NULL;
}

static void add_sums(fa_promotion_summary *to, const fa_promotion_summary *from)
{
    fa_promotion_sum *sum = &to->discarded;
    const fa_promotion_sum *part = &from->discarded;
    for (; sum <= &to->full; sum++, part++) {
        sum->count += part->count;
        sum->bytes += part->bytes;
    }
}

static void book(fa_allocator *a, const fa_promotion_summary *sums)
{
    fa_mutex_lock(&a->lock);
    add_sums(&a->frame.promotions, sums);
    fa_mutex_unlock(&a->lock);
}

fa_status fa_frame_end_with_promotions(fa_allocator *a, fa_promotion *promotions, size_t capacity, size_t *total,
                                       fa_promotion_summary *summary)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_status status = check(a, lane, promotions, capacity, total, summary);
    if (status != FA_OK)
        return status;
    if (!reserve_parts(lane, *total))
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "no memory for the sums of promotions");
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    promote_all(lane, promotions, &sums);
    book(a, &sums);
    if (summary != NULL)
        (void)fa_versioned_write(a, summary, &sums, sizeof sums);
    return fa_frame_end(a);
}

fa_status fa_promotions_total(fa_allocator *a, fa_promotion_summary *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->lock);
    fa_promotion_summary sums = a->frame.promotions;
    fa_mutex_unlock(&a->lock);
    return fa_versioned_write(a, out, &sums, sizeof sums);
}

static fa_status read(fa_allocator *a, fa_promotion_summary *out, bool (*wanted)(const fa_promoted_part *, const void *),
                      const void *key)
{
    const fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    if (lane == NULL && (a == NULL || fa_peek(a->id) == 0))
        return FA_ERROR_INVALID_ALLOCATOR;
    const struct fa_promoted *promoted = lane == NULL ? NULL : lane->frame.promoted;
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    for (size_t i = 0; promoted != NULL && i < promoted->count; i++) {
        if (wanted(&promoted->parts[i], key))
            add_sums(&sums, &promoted->parts[i].sums);
    }
    return fa_versioned_write(a, out, &sums, sizeof sums);
}

static bool of_tag(const fa_promoted_part *part, const void *tag)
{
    return part->tag == *(const fa_tag *)tag;
}

static bool of_phase(const fa_promoted_part *part, const void *phase)
{
    return strcmp(part->phase, phase) == 0;
}

fa_status fa_promotions_of_tag(fa_allocator *a, fa_tag tag, fa_promotion_summary *out)
{
    FA_ENTER(a);
    return read(a, out, of_tag, &tag);
}

fa_status fa_promotions_of_phase(fa_allocator *a, const char *phase, fa_promotion_summary *out)
{
    FA_ENTER(a);
    if (phase == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the name of the phase is NULL");
    return read(a, out, of_phase, phase);
}

void fa_promoted_dispose(fa_lane *lane)
{
    if (lane->frame.promoted != NULL)
        free(lane->frame.promoted->parts);
    free(lane->frame.promoted);
}
