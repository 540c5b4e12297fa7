/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void spawn_and_kill(fa_allocator *a)
{
    fa_magazine magazine;
    if (fa_magazine_open(a, &magazine, 64, 16) != FA_OK)
        return;
    for (int i = 0; i < 100000; i++) {
        void *block = fa_magazine_take(&magazine);
        if (block != NULL)
            (void)fa_magazine_give(&magazine, block);
    }
    fa_magazine_close(&magazine);
}
