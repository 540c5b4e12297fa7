/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct player {
    int score;
};

int leave(fa_allocator *a)
{
    struct player *player = fa_pool_new(a, struct player);
    if (player == NULL)
        return 0;
    player->score = 3;
    fa_release(a, player);
    return player->score; // expect: FA614
}
