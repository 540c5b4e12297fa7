/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int configure(fa_allocator *a)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = FA_DEFERRED_NEVER;
    return fa_deferred_configure(a, &config) == FA_OK; // expect: FA204
}
