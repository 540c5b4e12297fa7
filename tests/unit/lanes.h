/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Two lanes of one allocator, bound in turn by one thread, and values that go from one to the other. */
#ifndef TESTS_LANES_H
#define TESTS_LANES_H

#include "capture.h"
#include "figures.h"
#include "pattern.h"

static fa_allocator *a;
static fa_lane *home;
static fa_lane *away;
static capture c;

static inline void go_to(fa_lane *lane)
{
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
}

static inline void setup_with(const fa_config *config)
{
    a = fa_allocator_create(config);
    CHECK(a != NULL);
    capture_start(&c, a);
    home = fa_lane_create(a, "home");
    away = fa_lane_create(a, "away");
    CHECK(home != NULL && away != NULL);
    go_to(home);
}

static inline void setup(void)
{
    setup_with(NULL);
}

static inline void begin(void)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static inline void end(void)
{
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static inline fa_transfer_stats counts(void)
{
    fa_transfer_stats stats = FA_TRANSFER_STATS_INIT;
    CHECK_EQ(fa_transfer_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.initiated, stats.taken + stats.dropped + stats.owned + stats.in_flight + stats.received);
    CHECK(stats.peak_bytes >= stats.live_bytes);
    CHECK(stats.owned + stats.in_flight + stats.received != 0 || stats.live_bytes == 0);
    return stats;
}

static inline uint64_t blocks(void)
{
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    return stats.pool.live_count + stats.heap.live_count;
}

static inline unsigned char *make(size_t size, fa_transfer *id)
{
    unsigned char *value = fa_transfer_alloc(a, size, 16, id);
    CHECK(value != NULL);
    if (value != NULL)
        pattern_fill(value, size, size);
    return value;
}

#endif
