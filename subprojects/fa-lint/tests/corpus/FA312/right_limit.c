/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

fa_allocator *make(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.memory_limit = (uint64_t)256 << 20;
    return fa_allocator_create(&config);
}
