/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

struct frame_data {
    int *cells FA_FRAME_LIFETIME;
};

static char *message FA_FRAME_LIFETIME;
static struct frame_data data FA_FRAME_LIFETIME;

void tick(fa_allocator *a, int n)
{
    if (fa_frame_begin(a) != FA_OK)
        return;
    message = fa_frame_printf(a, NULL, "tick %d", n);
    data.cells = fa_frame_new_zeroed(a, int, 16);
    if (data.cells != NULL && message != NULL)
        data.cells[0] = message[0];
    fa_frame_end(a);
}
