/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Hot loops. */
struct p {
    float x[3];
};
FA_HOT void step(fa_allocator *a, struct p *ps, int n);
FA_HOT void step(fa_allocator *a, struct p *ps, int n)
{
    for (int i = 0; i < n; i++) {
        struct p *t = fa_pool_new(a, struct p); // expect: FA602
        if (!t)
            return;
        *t = ps[i];
        ps[i].x[0] = t->x[1];
        fa_release(a, t);
    }
}
void grid(fa_allocator *a, int *out);
void grid(fa_allocator *a, int *out)
{
    int *row = fa_pool_alloc(a, 64 * sizeof *row, 16);
    if (!row)
        return;
    for (int y = 0; y < 4096; y++)
        for (int x = 0; x < 64; x++) {
            row[x] = x * y;
            out[y] += row[x];
        }
    fa_release(a, row);
}
