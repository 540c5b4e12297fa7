/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int configure(fa_allocator *a)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.capacity = 32;
    config.full_policy = FA_QUEUE_DROP_OLDEST;
    return fa_deferred_configure(a, &config) == FA_OK;
}

void consume(fa_allocator *a, void *block)
{
    fa_release(a, block);
}
