/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Frame memory stored into a caller's struct by a deep helper; consumer clears in another helper. */
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
static void finish(struct game *g)
{
    g->fd = (struct frame_data){0};
    fa_frame_end(g->a);
}
static int tick(struct game *g)
{
    if (fa_frame_begin(g->a) != FA_OK)
        return 0;
    collect(g);
    consume(g);
    finish(g);
    return 1;
}
int main(void)
{
    struct game g = {.a = fa_allocator_create(NULL)};
    while (g.total < 10 && tick(&g))
        ;
    fa_allocator_release(g.a);
    return g.total;
}
