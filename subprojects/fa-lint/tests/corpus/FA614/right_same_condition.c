/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int play(fa_allocator *a, int lost)
{
    int *lives = fa_pool_alloc(a, sizeof *lives, 16);
    if (lives == NULL)
        return 0;
    *lives = 3;
    if (lost)
        fa_release(a, lives);
    if (!lost) {
        *lives -= 1;
        fa_release(a, lives);
    }
    return 0;
}
