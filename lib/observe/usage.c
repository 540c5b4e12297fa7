/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/usage.h"

#include "account/scope.h"

#include <framealloc/block.h>

#include <string.h>

const fa_usage_intent fa_usage_intents[FA_USAGE_INTENTS] = {
    {FA_INTENT_FRAME, "frame"},
    {FA_INTENT_POOL, "pool"},
    {FA_INTENT_HEAP, "heap"},
    {FA_INTENT_SCRATCH, "scratch"},
};

bool fa_usage_read(fa_lane *lane, fa_usage *out)
{
    fa_stats stats = FA_STATS_INIT;
    if (!FA_STATISTICS || !lane->allocator->config.statistics)
        return false;
    fa_account_sync(lane);
    if (fa_allocator_stats(lane->allocator, &stats) != FA_OK)
        return false;
    const uint64_t live[] = {stats.frame.live_bytes, stats.pool.live_bytes, stats.heap.live_bytes,
                             stats.scratch.live_bytes};
    memcpy(out->live, live, sizeof live);
    out->reserved = stats.reserved_bytes;
    out->total = 0;
    for (unsigned i = 0; i < FA_USAGE_INTENTS; i++)
        out->total += out->live[i];
    return true;
}
