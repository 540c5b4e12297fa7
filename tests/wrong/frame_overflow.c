/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void write_too_far(unsigned char *block)
{
    write_byte(block, 100);
}

int main(void)
{
    make_allocator();
    (void)fa_frame_begin(a);
    unsigned char *block = fa_frame_alloc(a, 100, 8);
    (void)!fa_frame_alloc(a, 100, 8);
    write_too_far(block);
    (void)fa_frame_end(a);
    fa_allocator_release(a);
    return 0;
}
