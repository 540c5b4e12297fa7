/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Makes no mistake: nothing may be found. */
#include "wrong.h"

#include <string.h>

int main(void)
{
    enum { BLOCKS = 200 };
    void *blocks[BLOCKS];
    make_allocator();
    for (int frame = 0; frame < 3; frame++) {
        (void)fa_frame_begin(a);
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = fa_alloc(a, i % 2 == 0 ? FA_INTENT_POOL : FA_INTENT_HEAP, i * 37, 16);
            memset(blocks[i], 1, i * 37);
            memset(fa_frame_alloc(a, i + 1, 8), 1, i + 1);
            memset(fa_scratch_alloc(a, i + 1, 8), 1, i + 1);
            fa_checkpoint checkpoint = fa_frame_checkpoint(a);
            memset(fa_frame_alloc(a, 1000, 8), 1, 1000);
            (void)fa_frame_rollback(a, checkpoint);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = fa_realloc(a, blocks[i], i * 41 + 1, 16);
            memset(blocks[i], 1, i * 41 + 1);
            (void)fa_release(a, blocks[i]);
        }
        (void)fa_frame_end(a);
        (void)fa_scratch_reset(a);
    }
    fa_allocator_release(a);
    return 0;
}
