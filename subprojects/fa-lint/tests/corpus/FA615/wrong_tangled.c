/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct search {
    fa_checkpoint level[2];
    int depth, best;
};

static int enter(fa_allocator *a, struct search *search)
{
    search->level[0] = fa_frame_checkpoint(a);
    search->depth++;
    return search->level[0] != 0;
}

static void leave(fa_allocator *a, struct search *search, int keep)
{
    search->depth--;
    if (keep)
        fa_frame_commit(a, search->level[0]);
    else
        fa_frame_rollback(a, search->level[0]);
}

int solve(fa_allocator *a, const int *moves, int count)
{
    struct search search = {{0, 0}, 0, 5};
    if (!enter(a, &search))
        return -1;
    for (int i = 0; i < count; i++) {
        int *line = fa_frame_new(a, int, 4);
        if (line == NULL)
            break;
        line[0] = moves[i];
        if (line[0] > search.best) {
            search.best = line[0];
            goto keep;
        }
        if (line[0] == 0)
            leave(a, &search, 0); // expect: FA615
    }
keep:
    leave(a, &search, 1); // expect: FA615
    return search.best;
}
