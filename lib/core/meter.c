/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/meter.h"

#include "base/bits.h"

/* A new peak is told when it is this part above the last one that was told: 1 / 16. */
enum { PEAK_STEP_SHIFT = 4 };

void fa_meter_init(fa_meter *meter)
{
    fa_meter_limit(meter, &(fa_budget)FA_BUDGET_INIT);
}

static uint64_t level(uint64_t limit)
{
    return limit == 0 ? UINT64_MAX : limit;
}

static uint64_t percent_of(uint64_t limit, uint32_t percent)
{
    return percent == 0 || limit == 0 ? UINT64_MAX : limit / 100 * percent + limit % 100 * percent / 100;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void fa_meter_limit(fa_meter *meter, const fa_budget *budget)
{
    uint64_t warning = percent_of(budget->hard_limit, budget->warning_percent);
    uint64_t soft = level(budget->soft_limit);
    uint64_t hard = level(budget->hard_limit);
    atomic_store_explicit(&meter->policy, budget->policy, memory_order_relaxed);
    atomic_store_explicit(&meter->warning_percent, budget->warning_percent, memory_order_relaxed);
    fa_poke(meter->warning, warning);
    fa_poke(meter->soft, soft);
    fa_poke(meter->hard, hard);
    fa_poke(meter->lowest, least(warning, least(soft, hard)));
    meter->decide = budget->decide;
    meter->user = budget->user;
}

static uint32_t passed(uint64_t limit, uint64_t before, uint64_t after, uint32_t bit)
{
    return before <= limit && after > limit ? bit : 0;
}

/* Tells a peak once per step, and to one thread only. */
static uint32_t new_peak(fa_meter *meter, uint64_t figure)
{
    uint64_t told = fa_peek(meter->announced);
    if (figure <= told + (told >> PEAK_STEP_SHIFT))
        return 0;
    return atomic_compare_exchange_strong_explicit(&meter->announced, &told, figure, memory_order_relaxed,
                                                   memory_order_relaxed)
               ? FA_CROSSED_PEAK
               : 0;
}

uint32_t fa_meter_crossed(fa_meter *meter, uint64_t before, uint64_t after)
{
    if (!fa_meter_limited(meter))
        return 0;
    return passed(fa_peek(meter->warning), before, after, FA_CROSSED_WARNING) |
           passed(fa_peek(meter->soft), before, after, FA_CROSSED_SOFT) |
           passed(fa_peek(meter->hard), before, after, FA_CROSSED_HARD) | new_peak(meter, after);
}

static uint64_t distance(uint64_t limit, uint64_t figure)
{
    return limit == UINT64_MAX || limit < figure ? UINT64_MAX : limit - figure;
}

uint64_t fa_meter_headroom(const fa_meter *meter, uint64_t figure)
{
    uint64_t to_warning = distance(fa_peek(meter->warning), figure);
    uint64_t to_soft = distance(fa_peek(meter->soft), figure);
    return least(to_warning, least(to_soft, distance(fa_peek(meter->hard), figure)));
}

bool fa_meter_try(fa_meter *meter, uint64_t bytes, uint64_t *before)
{
    uint64_t hard = fa_peek(meter->hard);
    uint64_t seen = fa_peek(meter->charged);
    do {
        if (bytes > hard || seen > hard - bytes) {
            *before = seen;
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&meter->charged, &seen, seen + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    *before = seen;
    return true;
}

void fa_meter_set(fa_meter *meter, uint64_t figure)
{
    fa_poke(meter->charged, figure);
    fa_counter_raise_shared(&meter->peak, figure);
}

static uint64_t shown(uint64_t limit)
{
    return limit == UINT64_MAX ? 0 : limit;
}

void fa_meter_read(const fa_meter *meter, fa_budget_usage *out)
{
    uint64_t hard = fa_peek(meter->hard);
    out->used = fa_peek(meter->charged);
    out->peak = fa_peek(meter->peak);
    out->soft_limit = shown(fa_peek(meter->soft));
    out->hard_limit = shown(hard);
    out->remaining = hard == UINT64_MAX ? UINT64_MAX : hard > out->used ? hard - out->used : 0;
    out->policy = atomic_load_explicit(&meter->policy, memory_order_relaxed);
    out->warning_percent = atomic_load_explicit(&meter->warning_percent, memory_order_relaxed);
    out->soft_hits = fa_peek(meter->soft_hits);
    out->hard_hits = fa_peek(meter->hard_hits);
    out->denied = fa_peek(meter->denied);
}
