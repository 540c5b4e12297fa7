/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct draw {
    unsigned mesh;
};

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct draw *previous = NULL;
    unsigned sum = 0;
    for (int frame = 0; frame < 10; frame++) {
        if (fa_frame_begin(a) != FA_OK)
            break;
        if (previous != NULL)
            sum += previous[0].mesh;
        struct draw *draws = fa_frame_alloc_ahead(a, 1, 8 * sizeof *draws, 16);
        if (draws != NULL)
            draws[0].mesh = (unsigned)frame;
        previous = draws;
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return sum == 0;
}
