/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* The same, the helper that finishes forgets. */
struct frame_data {
    const int *ids;
    int n;
};
struct game {
    fa_allocator *a;
    struct frame_data fd;
    int total;
};
static void collect(struct game *g)
{
    int *ids = fa_frame_new(g->a, int, 8);
    g->fd = (struct frame_data){ids, ids ? 8 : 0};
}
static void consume(struct game *g)
{
    for (int i = 0; i < g->fd.n; i++)
        g->total += g->fd.ids[i];
}
static int tick(struct game *g)
{
    if (fa_frame_begin(g->a) != FA_OK)
        return 0;
    collect(g);
    fa_frame_end(g->a);
    return 1;
}
int main(void)
{
    struct game g = {.a = fa_allocator_create(NULL)};
    if (tick(&g))
        consume(&g); // expect: FA601
    fa_allocator_release(g.a);
    return g.total;
}
