/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_BLOCK_LIFETIME void *arena_take(fa_allocator *a, size_t size);
void arena_give(fa_allocator *a, FA_RELEASES void *block);

void use_arena(fa_allocator *a)
{
    char *block = arena_take(a, 100);
    char *other = arena_take(a, 100);
    if (block != NULL)
        block[0] = 1;
    arena_give(a, block);
    fa_release(a, other);
}
