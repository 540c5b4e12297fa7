/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

enum state { MENU, PLAY, PAUSE, QUIT };

static enum state next(enum state now, int key)
{
    switch (now) {
    case MENU: return key == 1 ? PLAY : MENU;
    case PLAY: return key == 2 ? PAUSE : key == 3 ? QUIT : PLAY;
    case PAUSE: return key == 2 ? PLAY : PAUSE;
    default: return QUIT;
    }
}

static int play(fa_allocator *a, enum state *state, const int *keys)
{
    int score = 0;
    while (*state != QUIT) {
        if (fa_frame_begin(a) != FA_OK) // expect: FA603
            return -1;
        int *hits = fa_frame_new_zeroed(a, int, 8);
        *state = next(*state, *keys++);
        if (*state == PAUSE)
            goto paused;
        if (hits != NULL)
            score += hits[0] + 1;
        fa_frame_end(a);
        continue;
paused:
        score--;
    }
    return score;
}

int main(void)
{
    static const int keys[] = {1, 2, 2, 3};
    enum state state = MENU;
    fa_allocator *a = fa_allocator_create(NULL);
    int score = play(a, &state, keys);
    fa_allocator_release(a);
    return score < 0;
}
