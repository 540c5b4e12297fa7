/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void write_too_early(unsigned char *block)
{
    write_byte(block, -1);
}

int main(void)
{
    make_allocator();
    unsigned char *block = fa_pool_alloc(a, 100, 8);
    write_too_early(block);
    (void)fa_release(a, block);
    fa_allocator_release(a);
    return 0;
}
