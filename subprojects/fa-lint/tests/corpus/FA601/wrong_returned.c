/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

char *title_of(fa_allocator *a, int level)
{
    char *title = NULL;
    FA_FRAME(a) {
        title = fa_frame_printf(a, NULL, "level %d", level);
    }
    return title; // expect: FA601
}
