/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int main(void)
{
    fa_allocator *game = fa_allocator_create(NULL), *tools = fa_allocator_create(NULL);
    for (int i = 0; i < 10; i++) {
        if (fa_frame_begin(game) != FA_OK)
            break;
        if (fa_frame_begin(tools) == FA_OK) {
            (void)fa_frame_new(tools, int, 8);
            fa_frame_end(tools);
        }
        (void)fa_frame_new(game, int, 8);
        fa_frame_end(game);
    }
    fa_allocator_release(game);
    fa_allocator_release(tools);
    return 0;
}
