/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/filter.h"

#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "core/watch.h"

#include <stdlib.h>

static const fa_filter_config presets[] = {
    [FA_FILTER_DEFAULT] = FA_FILTER_CONFIG_INIT,
    [FA_FILTER_STRICT] = {sizeof(fa_filter_config), 1, 20, 3, 0.1, 0.01, 1.0},
    [FA_FILTER_RELAXED] = {sizeof(fa_filter_config), 1, 1000, 60, 0.9, 0.2, 64.0},
};

fa_status fa_filter_preset(fa_filter_config *config, int32_t preset)
{
    if (preset < FA_FILTER_DEFAULT || preset > FA_FILTER_RELAXED)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "%d is no preset of the filter", preset);
    return fa_versioned_write(NULL, config, &presets[preset], sizeof presets[preset]);
}

static bool is_share(double value)
{
    return value >= 0.0 && value <= 1.0;
}

static fa_status check(fa_allocator *a, const fa_filter_config *config)
{
    if ((config->raise | 1) == 1 && config->min_samples >= 1 && is_share(config->pool_same_frame) &&
        is_share(config->promotion_rate) && config->heap_per_frame >= 0.0)
        return FA_OK;
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                     "raise is 0 or 1, min_samples 1 or more, shares 0 to 1, heap_per_frame 0 or more");
}

static fa_status read(fa_allocator *a, const fa_filter_config *config, fa_filter_config *chosen)
{
    *chosen = presets[FA_FILTER_DEFAULT];
    if (config == NULL)
        return FA_OK;
    fa_status status = fa_versioned_check(config, sizeof *chosen);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the configuration of the filter is of another size");
    fa_versioned_read(chosen, sizeof *chosen, config);
    return check(a, chosen);
}

static void switch_to(fa_allocator *a, const fa_filter_config *config)
{
    enum { EVERYTHING = FA_WATCH_ARENAS | FA_WATCH_BLOCKS | FA_WATCH_RELEASES | FA_WATCH_FRAMES };
    fa_filter_shared *filter = &a->diag.filter;
    fa_mutex_lock(&a->diag.lock);
    if (config != NULL)
        filter->config = *config;
    fa_poke(filter->on, config != NULL);
    uint64_t turn = ++filter->turns;
    fa_mutex_unlock(&a->diag.lock);
    fa_watch(a, FA_WATCHER_FILTER, config != NULL ? EVERYTHING : 0, turn);
}

fa_status fa_filter_enable(fa_allocator *a, const fa_filter_config *config)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_filter_config chosen;
    fa_status status = read(a, config, &chosen);
    if (status == FA_OK)
        switch_to(a, &chosen);
    return status;
}

fa_status fa_filter_disable(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    switch_to(a, NULL);
    return FA_OK;
}

fa_filter_config fa_filter_read_config(fa_allocator *a)
{
    fa_mutex_lock(&a->diag.lock);
    fa_filter_config config = a->diag.filter.config;
    fa_mutex_unlock(&a->diag.lock);
    return config.struct_size == 0 ? presets[FA_FILTER_DEFAULT] : config;
}

fa_status fa_filter_reset(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_filter_shared *filter = &a->diag.filter;
    for (fa_filter_figures *f = fa_peek_acquire(filter->first); f != NULL; f = fa_peek_acquire(f->next)) {
        fa_counter *const counters[] = {&f->frame_blocks,    &f->promoted,       &f->pool_followed, &f->pool_same_frame,
                                        &f->heap_in_frames, &f->kept_frames, &f->longest_kept};
        for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
            fa_poke(*counters[i], 0);
        fa_poke(f->raised, 0);
    }
    fa_poke(filter->frames, 0);
    return FA_OK;
}

static void append(fa_allocator *a, fa_filter_figures *figures)
{
    fa_filter_shared *filter = &a->diag.filter;
    fa_mutex_lock(&a->diag.lock);
    _Atomic(fa_filter_figures *) *place = filter->last == NULL ? &filter->first : &filter->last->next;
    atomic_store_explicit(place, figures, memory_order_release);
    filter->last = figures;
    fa_mutex_unlock(&a->diag.lock);
}

fa_filter_figures *fa_filter_figures_of(fa_allocator *a, fa_tag_node *tag)
{
    _Atomic(fa_filter_figures *) *place = tag == NULL ? &a->diag.filter.untagged : &tag->behaviour;
    fa_filter_figures *known = fa_peek_acquire(*place);
    if (known != NULL)
        return known;
    fa_filter_figures *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->tag = tag;
    if (!atomic_compare_exchange_strong(place, &known, made)) {
        free(made);
        return known;
    }
    append(a, made);
    return made;
}

void fa_filter_lane_dispose(fa_lane *lane)
{
    free(lane->diag.samples);
}

void fa_filter_dispose(fa_allocator *a)
{
    fa_filter_figures *next = fa_peek(a->diag.filter.first);
    while (next != NULL) {
        fa_filter_figures *figures = next;
        next = fa_peek(figures->next);
        free(figures);
    }
}
