/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void write_late(unsigned char *block)
{
    write_byte(block, 7);
}

int main(void)
{
    make_allocator();
    (void)fa_frame_begin(a);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    unsigned char *block = fa_frame_alloc(a, 64, 8);
    (void)fa_frame_rollback(a, checkpoint);
    write_late(block);
    (void)fa_frame_end(a);
    fa_allocator_release(a);
    return 0;
}
