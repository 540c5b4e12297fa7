/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Choosing when blocks that others released are taken in, and saying how it goes. */
#include "pool/deferred.h"

#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "pool/inbox.h"

static fa_status refuse(fa_allocator *a, const char *why)
{
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "%s", why);
}

static fa_status check(fa_allocator *a, const fa_deferred_config *config)
{
    if (config->mode < FA_DEFERRED_ON_REFILL || config->mode > FA_DEFERRED_NEVER)
        return refuse(a, "there is no such mode of deferred frees");
    if (config->full_policy < FA_QUEUE_GROW || config->full_policy > FA_QUEUE_DROP_OLDEST)
        return refuse(a, "there is no such policy for a full queue");
    if (config->mode == FA_DEFERRED_INCREMENTAL && config->per_allocation == 0)
        return refuse(a, "at least one block has to be taken in per allocation");
    if (config->mode == FA_DEFERRED_NEVER && config->full_policy == FA_QUEUE_BLOCK && config->capacity != 0)
        return refuse(a, "nobody would ever make room for those who wait");
    return FA_OK;
}

static uint32_t watched_by(int32_t mode)
{
    switch (mode) {
    case FA_DEFERRED_FRAME_BEGIN:
    case FA_DEFERRED_FRAME_END: return FA_WATCH_FRAMES;
    case FA_DEFERRED_INCREMENTAL: return FA_WATCH_INBOX;
    default: return 0;
    }
}

/* Returns how often there was a choice. */
static uint64_t choose(fa_allocator *a, const fa_deferred_config *config)
{
    fa_deferred_choice *choice = &a->pool.deferred;
    fa_mutex_lock(&a->lock);
    fa_poke(choice->mode, config->mode);
    fa_poke(choice->per_allocation, config->per_allocation);
    fa_poke(choice->capacity, config->capacity);
    fa_poke(choice->full_policy, config->full_policy);
    fa_poke(choice->warning_threshold, config->warning_threshold);
    fa_poke(choice->queues, config->capacity != 0 || config->warning_threshold != 0);
    uint64_t turn = ++choice->turns;
    fa_mutex_unlock(&a->lock);
    return turn;
}

fa_status fa_deferred_configure(fa_allocator *a, const fa_deferred_config *config)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_deferred_config chosen = FA_DEFERRED_CONFIG_INIT;
    fa_status status = fa_versioned_check(config, sizeof chosen);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the configuration is NULL or of another size");
    fa_versioned_read(&chosen, sizeof chosen, config);
    status = check(a, &chosen);
    if (status != FA_OK)
        return status;
    fa_watch(a, FA_WATCHER_DEFERRED, watched_by(chosen.mode), choose(a, &chosen));
    return FA_OK;
}

fa_status fa_deferred_get_config(fa_allocator *a, fa_deferred_config *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    const fa_deferred_choice *choice = &a->pool.deferred;
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = fa_peek(choice->mode);
    config.per_allocation = fa_peek(choice->per_allocation);
    config.capacity = fa_peek(choice->capacity);
    config.full_policy = fa_peek(choice->full_policy);
    config.warning_threshold = fa_peek(choice->warning_threshold);
    return fa_versioned_write(a, out, &config, sizeof config);
}

void fa_deferred_init(fa_allocator *a)
{
    (void)choose(a, &(fa_deferred_config)FA_DEFERRED_CONFIG_INIT);
}

void fa_deferred_at_begin(fa_lane *lane, uint64_t number)
{
    (void)number;
    if (fa_peek(lane->allocator->pool.deferred.mode) == FA_DEFERRED_FRAME_BEGIN)
        fa_inbox_drain(lane);
    fa_inbox_tell(lane);
}

void fa_deferred_at_end(fa_lane *lane, const fa_frame_span *span)
{
    (void)span;
    if (fa_peek(lane->allocator->pool.deferred.mode) == FA_DEFERRED_FRAME_END)
        fa_inbox_drain(lane);
    fa_inbox_tell(lane);
}

fa_status fa_deferred_process(fa_allocator *a, uint64_t most, uint64_t *processed)
{
    FA_ENTER(a);
    if (processed != NULL)
        *processed = 0;
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (fa_peek(a->pool.deferred.mode) == FA_DEFERRED_NEVER)
        return fa_fail(FA_ERROR_DISABLED);
    fa_lane *lane = fa_lane_existing(a);
    uint64_t taken = lane == NULL ? 0 : fa_inbox_process(lane, most);
    if (lane != NULL)
        fa_inbox_tell(lane);
    if (processed != NULL)
        *processed = taken;
    return FA_OK;
}

static uint64_t larger(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

static void add_queue(fa_deferred_stats *sum, fa_queue *queue)
{
    fa_mutex_lock(&queue->lock);
    const fa_deferred_stats *figures = &queue->figures;
    sum->peak_pending = larger(sum->peak_pending, figures->peak_pending);
    sum->immediate += figures->immediate;
    sum->waits += figures->waits;
    sum->wait_ns += figures->wait_ns;
    sum->longest_wait_ns = larger(sum->longest_wait_ns, figures->longest_wait_ns);
    sum->refused += figures->refused;
    sum->grown += figures->grown;
    sum->handed_over += figures->handed_over;
    sum->warnings += figures->warnings;
    fa_mutex_unlock(&queue->lock);
}

static void add_lane(fa_deferred_stats *sum, fa_lane *lane)
{
    for (unsigned i = 0; i < FA_CLASSES; i++) {
        sum->processed += fa_peek(lane->pool.classes[i].deferred_in);
        sum->sent += fa_peek(lane->pool.classes[i].deferred_out);
    }
    sum->batches += fa_peek(lane->pool.batches);
    sum->largest_batch = larger(sum->largest_batch, fa_peek(lane->pool.largest_batch));
    add_queue(sum, &lane->pool.queue);
}

/* What was taken in is read before what was sent, so that the difference is never negative. */
static void add_all(fa_allocator *a, fa_deferred_stats *sum)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        add_lane(sum, lane);
    for (unsigned i = 0; i < FA_CLASSES; i++)
        sum->sent += fa_peek(a->pool.deferred_out[i]);
    sum->sent = larger(sum->sent, sum->processed);
    sum->pending = sum->sent - sum->processed;
}

fa_status fa_deferred_get_stats(fa_allocator *a, fa_deferred_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (!FA_STATISTICS || !a->config.statistics)
        return fa_fail(FA_ERROR_DISABLED);
    fa_deferred_stats stats = FA_DEFERRED_STATS_INIT;
    add_all(a, &stats);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}
