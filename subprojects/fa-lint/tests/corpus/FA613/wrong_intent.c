/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void mixed(fa_allocator *a)
{
    int *kept = fa_alloc(a, FA_INTENT_POOL, 16, 16), *used = fa_alloc(a, FA_INTENT_FRAME, 16, 16);
    fa_release(a, kept);
    fa_release(a, used); // expect: FA613
}
