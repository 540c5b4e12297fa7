/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void write_too_far(unsigned char *block)
{
    write_byte(block, 100003);
}

int main(void)
{
    make_allocator();
    unsigned char *block = fa_heap_alloc(a, 100000, 16);
    write_too_far(block);
    (void)fa_release(a, block);
    fa_allocator_release(a);
    return 0;
}
