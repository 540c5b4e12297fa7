/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wrong.h"

static void forget(void)
{
    (void)!fa_heap_alloc(a, 5000, 16);
}

int main(void)
{
    make_allocator();
    forget();
    fa_allocator_release(a);
    return 0;
}
