/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

fa_allocator *make(uint64_t limit)
{
    fa_config config = FA_CONFIG_INIT;
    config.memory_limit = limit;
    return fa_allocator_create(&config);
}
