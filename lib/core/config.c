/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/bits.h"
#include "base/os.h"
#include "core/registry.h"
#include "core/report.h"
#include "core/versioned.h"

#include <framealloc/block.h>
#include <framealloc/config.h>
#include <framealloc/pool.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static fa_config minimal_preset(fa_config config)
{
    config.frame_chunk_min = 16 * KIB;
    config.frame_chunk_max = 256 * KIB;
    config.frame_reset_policy = FA_RESET_KEEP_UP_TO;
    config.frame_keep_bytes = 64 * KIB;
    config.pool_page_size = FA_WINDOW_BYTES;
    config.pool_pages_kept = 0;
    config.heap_cache_limit = 1 * MIB;
    config.statistics = 0;
    config.prefetch = 0;
    return config;
}

static fa_config high_performance_preset(fa_config config)
{
    config.backend_kind = FA_BACKEND_MMAP;
    config.mmap_flags = FA_MMAP_HUGE_PAGES | FA_MMAP_PREFAULT;
    config.frame_chunk_min = 1 * MIB;
    config.frame_chunk_max = 4 * MIB;
    config.pool_page_size = 4 * MIB;
    config.pool_pages_kept = 16;
    config.heap_cache_limit = 256 * MIB;
    return config;
}

fa_status fa_config_preset(fa_config *config, int32_t preset)
{
    fa_config chosen = FA_CONFIG_INIT;
    if (preset == FA_PRESET_MINIMAL)
        chosen = minimal_preset(chosen);
    else if (preset == FA_PRESET_HIGH_PERFORMANCE)
        chosen = high_performance_preset(chosen);
    else if (preset != FA_PRESET_DEFAULT)
        return fa_fail(FA_ERROR_INVALID_ARGUMENT);
    return fa_versioned_write(NULL, config, &chosen, sizeof chosen);
}

static bool is_switch(int32_t value)
{
    return value == 0 || value == 1;
}

static bool frames_valid(const fa_config *c)
{
    return fa_is_power_of_two(c->frame_chunk_min) && c->frame_chunk_min >= 4 * KIB &&
           fa_is_power_of_two(c->frame_chunk_max) && c->frame_chunk_max >= c->frame_chunk_min &&
           c->frame_chunk_max <= 1024 * MIB && c->frame_reset_policy >= FA_RESET_KEEP_ALL &&
           c->frame_reset_policy <= FA_RESET_DECAY && c->frame_decay_frames >= 1 && c->frame_decay_frames <= 65536;
}

static bool pools_valid(const fa_config *c)
{
    return c->pool_page_size >= FA_WINDOW_BYTES && c->pool_page_size <= 4 * MIB &&
           c->pool_page_size % FA_WINDOW_BYTES == 0 && c->pool_pages_kept <= 1024 &&
           c->pool_heap_threshold >= FA_POOL_SIZE_MIN && c->pool_heap_threshold <= FA_POOL_SIZE_MAX;
}

static bool switches_valid(const fa_config *c)
{
    return is_switch(c->budgets) && is_switch(c->statistics) && is_switch(c->prefetch) && is_switch(c->debug_mode) &&
           (c->mmap_flags & ~(uint32_t)(FA_MMAP_HUGE_PAGES | FA_MMAP_PREFAULT)) == 0 && c->reserved == 0;
}

static bool backend_valid(const fa_config *c)
{
    bool has_functions = c->backend.allocate != NULL && c->backend.deallocate != NULL;
    bool has_any = c->backend.allocate != NULL || c->backend.deallocate != NULL || c->backend.user != NULL;
    bool is_custom = c->backend_kind == FA_BACKEND_CUSTOM;
    bool is_numa = c->backend_kind == FA_BACKEND_NUMA;
    return c->backend_kind >= FA_BACKEND_SYSTEM && c->backend_kind <= FA_BACKEND_CUSTOM &&
           (is_custom ? has_functions : !has_any) && (is_numa ? c->numa_node >= 0 : c->numa_node == -1);
}

static bool built_in(const fa_config *c)
{
    return (FA_DEBUG_SUPPORT || !c->debug_mode) &&
           (c->backend_kind != FA_BACKEND_NUMA || fa_os_numa_has_node(c->numa_node));
}

fa_status fa_config_check(const fa_config *config)
{
    fa_status status = fa_versioned_check(config, sizeof *config);
    if (status != FA_OK)
        return status;
    if (!frames_valid(config) || !pools_valid(config) || !switches_valid(config) || !backend_valid(config))
        return fa_fail(FA_ERROR_INVALID_ARGUMENT);
    return built_in(config) ? FA_OK : fa_fail(FA_ERROR_UNSUPPORTED);
}

int32_t fa_backend_available(int32_t kind)
{
    if (kind == FA_BACKEND_NUMA)
        return fa_os_numa_available();
    return kind >= FA_BACKEND_SYSTEM && kind <= FA_BACKEND_CUSTOM;
}
