/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bytes in use against limits: plain numbers, which know nothing of what they count. Any thread may charge. */
#ifndef FA_CORE_METER_H
#define FA_CORE_METER_H

#include "base/counter.h"

#include <framealloc/budget.h>

#include <stdbool.h>

/* What a step from one figure to a higher one passes. */
enum {
    FA_CROSSED_WARNING = 1,
    FA_CROSSED_SOFT = 2,
    FA_CROSSED_HARD = 4,
    FA_CROSSED_PEAK = 8,
};

/* Levels that are not set are UINT64_MAX. */
typedef struct fa_meter {
    fa_counter charged;
    fa_counter peak;
    fa_counter announced; /* the peak that was told last */
    fa_counter soft;
    fa_counter hard;
    fa_counter warning;
    fa_counter lowest;    /* of the three */
    _Atomic int32_t policy;
    _Atomic uint32_t warning_percent;
    fa_budget_decide decide; /* guarded by the allocator's lock */
    void *user;              /* likewise */
    fa_counter soft_hits;
    fa_counter hard_hits;
    fa_counter denied;
} fa_meter;

void fa_meter_init(fa_meter *meter);

/* Takes new limits; what is in use stays, whatever the limits say. */
void fa_meter_limit(fa_meter *meter, const fa_budget *budget);

/* Whether any limit is set. */
static inline bool fa_meter_limited(const fa_meter *meter)
{
    return fa_peek(meter->lowest) != UINT64_MAX;
}

/* Limits passed on the way from one figure to another. */
uint32_t fa_meter_crossed(fa_meter *meter, uint64_t before, uint64_t after);

/* Bytes up to the next limit above the figure, UINT64_MAX when there is none. */
uint64_t fa_meter_headroom(const fa_meter *meter, uint64_t figure);

/* A charge that stays makes a peak, if it is one. */
static inline void fa_meter_raise(fa_meter *meter, uint64_t figure)
{
    fa_counter_raise_shared(&meter->peak, figure);
}

/* Charges whatever the limits say. */
static inline void fa_meter_add(fa_meter *meter, uint64_t bytes)
{
    fa_meter_raise(meter, atomic_fetch_add_explicit(&meter->charged, bytes, memory_order_relaxed) + bytes);
}

static inline void fa_meter_subtract(fa_meter *meter, uint64_t bytes)
{
    atomic_fetch_sub_explicit(&meter->charged, bytes, memory_order_relaxed);
}

/* Charges if that stays within the hard limit; before receives what was charged. fa_meter_raise() is the caller's. */
bool fa_meter_try(fa_meter *meter, uint64_t bytes, uint64_t *before);

/* Makes a figure that is measured rather than charged the current one, and a peak if it is one. */
void fa_meter_set(fa_meter *meter, uint64_t figure);

/* Fills in the figures of a public usage struct. */
void fa_meter_read(const fa_meter *meter, fa_budget_usage *out);

#endif
