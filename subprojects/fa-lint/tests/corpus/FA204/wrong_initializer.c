/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int configure(fa_allocator *a)
{
    fa_deferred_config config = {(uint32_t)sizeof config, FA_DEFERRED_EXPLICIT, 16, 0, FA_QUEUE_GROW, 0};
    return fa_deferred_configure(a, &config) == FA_OK; // expect: FA204
}
