/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct asset {
    void *header;
};

struct asset *open_asset(fa_allocator *a, fa_group group)
{
    struct asset *asset = fa_group_alloc(a, group, sizeof *asset, 16);
    size_t count = 0;
    fa_promotion results[1];
    if (asset == NULL)
        return NULL;
    if (fa_frame_begin(a) != FA_OK)
        return asset;
    asset->header = fa_frame_alloc_important(a, 16, 16, FA_IMPORTANCE_EPHEMERAL, NULL); // expect: FA605
    fa_frame_end_with_promotions(a, results, 1, &count, NULL);
    return asset;
}
