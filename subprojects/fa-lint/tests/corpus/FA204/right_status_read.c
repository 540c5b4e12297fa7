/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int configure(fa_allocator *a)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.capacity = 32;
    config.full_policy = FA_QUEUE_FAIL;
    return fa_deferred_configure(a, &config) == FA_OK;
}

int consume(fa_allocator *a, void *block)
{
    return fa_release(a, block) == FA_ERROR_FULL;
}
