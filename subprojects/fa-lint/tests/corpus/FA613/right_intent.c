/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void by_intent(fa_allocator *a, int keep)
{
    int *block = fa_alloc(a, keep ? FA_INTENT_POOL : FA_INTENT_FRAME, 16, 16);
    if (keep)
        fa_release(a, block);
}
