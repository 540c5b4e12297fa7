/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct contact {
    float x, y;
};

float physics(fa_allocator *a)
{
    struct contact first = {0, 0};
    if (fa_frame_begin(a) != FA_OK)
        return 0;
    struct contact *contacts = fa_frame_new_zeroed(a, struct contact, 16);
    if (contacts != NULL)
        first = contacts[0];
    fa_frame_end(a);
    return first.x + first.y;
}
