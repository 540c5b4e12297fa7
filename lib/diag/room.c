/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/room.h"

#include "core/lane.h"
#include "diag/filter.h"
#include "diag/sink.h"
#include "diag/strict.h"

#include <stdlib.h>

static bool init(fa_allocator *a)
{
    fa_mutex_init(&a->diag.lock);
    fa_list_init(&a->diag.runs);
    a->diag.config = (fa_diagnostic_config)FA_DIAGNOSTIC_CONFIG_INIT;
    a->diag.engine.info = (fa_engine_info)FA_ENGINE_INFO_INIT;
    fa_poke(a->diag.strict, fa_strict_from_environment());
    return true;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&a->diag.lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&a->diag.lock);
}

static void lane_park(fa_lane *lane)
{
    lane->diag.strict_depth = 0;
    lane->diag.by_hook = false;
}

static void dispose(fa_allocator *a)
{
    fa_filter_dispose(a);
    free(a->diag.kept);
    free(a->diag.of_codes);
    fa_mutex_destroy(&a->diag.lock);
}

const fa_room fa_diag_room = {
    .allocator_init = init,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .allocator_forked = fa_sink_forked,
    .lane_park = lane_park,
    .lane_dispose = fa_filter_lane_dispose,
};
