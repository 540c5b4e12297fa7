/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int configure(fa_allocator *a)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = FA_DEFERRED_FRAME_END;
    config.capacity = 64;
    config.full_policy = FA_QUEUE_PROCESS;
    return fa_deferred_configure(a, &config) == FA_OK;
}
