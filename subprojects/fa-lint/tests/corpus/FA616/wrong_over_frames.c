/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* A window in a struct that lives across frames. */
struct batch { fa_window w; int open; };
static void *take(struct batch *b) { return fa_window_alloc(&b->w, 16, 16); }
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct batch b = {.open = 0};
    int m = 0;
    fa_frame_begin(a);
    b.open = fa_window_open(a, &b.w, 4096) == FA_OK;
    m += take(&b) != NULL;
    fa_frame_end(a);
    fa_frame_begin(a);
    m += take(&b) != NULL; // expect: FA616
    fa_frame_end(a);
    fa_allocator_release(a);
    return m;
}
