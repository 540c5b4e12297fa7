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
    unsigned char *block = fa_frame_alloc(a, 64, 8);
    (void)fa_frame_end(a);
    write_late(block);
    fa_allocator_release(a);
    return 0;
}
