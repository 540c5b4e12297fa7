/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/watch.h"

#include "base/os.h"
#include "core/directory.h"
#include "core/lane.h"
#include "core/rooms.h"

static uint32_t all_wanted(const fa_allocator *a)
{
    uint32_t all = 0;
    for (unsigned i = 0; i < FA_WATCHERS; i++)
        all |= a->wanted[i];
    return all;
}

/* A thread that finds nothing in its cache comes through the slow path, where its lane follows. */
static void send_through_slow_path(void *of)
{
    fa_allocator *a = of;
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        fa_thread_cache *cache = fa_lane_owner(lane);
        if (cache != NULL && cache != &fa_tls)
            fa_poke(cache->allocator, FA_NO_ALLOCATOR);
    }
}

void fa_watch(fa_allocator *a, fa_watcher watcher, uint32_t wanted, uint64_t turn)
{
    fa_mutex_lock(&a->lock);
    uint32_t before = all_wanted(a);
    if (turn > a->wanted_in[watcher]) {
        a->wanted[watcher] = wanted;
        a->wanted_in[watcher] = turn;
    }
    uint32_t after = all_wanted(a);
    fa_poke(a->watch, after);
    fa_mutex_unlock(&a->lock);
    if (before != after) {
        fa_os_process_barrier();
        fa_allocators_with_list_locked(send_through_slow_path, a);
    }
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL)
        fa_watch_follow(lane);
}

void fa_watch_follow(fa_lane *lane)
{
    uint32_t watch = fa_peek(lane->allocator->watch);
    if (lane->watch == watch)
        return;
    lane->watch = watch;
    for (size_t i = 0; fa_lane_retag[i] != NULL; i++)
        fa_lane_retag[i](lane);
}
