/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void write_late(unsigned char *block)
{
    write_byte(block, 5);
}

int main(void)
{
    make_allocator();
    unsigned char *block = fa_pool_alloc(a, 64, 8);
    (void)fa_release(a, hidden(block));
    write_late(hidden(block));
    fa_allocator_release(a);
    return 0;
}
