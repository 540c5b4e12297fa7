/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static void close_file(void *user)
{
    *(int *)user = -1;
}

void open_file(fa_allocator *a)
{
    FA_FRAME(a) {
        int *file = fa_frame_new(a, int, 1);
        if (file != NULL)
            fa_frame_cleanup(a, close_file, file);
    }
}
