/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void release_again(void *block)
{
    (void)fa_release(a, block);
}

int main(void)
{
    make_allocator();
    unsigned char *block = fa_heap_alloc(a, 64, 8);
    (void)fa_release(a, hidden(block));
    release_again(hidden(block));
    fa_allocator_release(a);
    return 0;
}
