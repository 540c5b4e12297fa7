/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The allocator lives to the end of the program. */
#include "wrong.h"

static void forget(void)
{
    (void)!fa_pool_alloc(a, 300, 16);
}

int main(void)
{
    make_allocator();
    forget();
    (void)fa_debug_report_old(a, 0, 0, NULL);
    return 0;
}
