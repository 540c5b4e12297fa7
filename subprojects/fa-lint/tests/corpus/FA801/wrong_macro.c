/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

#define TAG "render"

uint64_t used(fa_allocator *a)
{
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    fa_tag tag = fa_tag_find(a, TAG); // expect: FA801
    return fa_tag_get_stats(a, tag, &stats) == FA_OK ? stats.nested_live_bytes : 0;
}
