/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct pair {
    int *left, *right;
};

int compare(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    int equal = 0;
    fa_frame_begin(a);
    struct pair *pair = fa_frame_new_zeroed(a, struct pair, 1);
    if (pair != NULL) {
        pair->left = fa_frame_alloc_retained(a, 16, 16, &how);
        pair->right = fa_frame_alloc_retained(a, 16, 16, &how);
        equal = pair->left == pair->right;
    }
    fa_frame_end(a);
    return equal;
}
