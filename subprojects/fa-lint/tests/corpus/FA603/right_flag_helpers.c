/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Main loop in states; begin in one function, end by a flag. */
struct app { fa_allocator *a; int in_frame, quit, turns; };
static void ensure(struct app *p) { if (!p->in_frame) { fa_frame_begin(p->a); p->in_frame = 1; } }
static void flush(struct app *p) { if (p->in_frame) { fa_frame_end(p->a); p->in_frame = 0; } }
int main(void)
{
    struct app p = {fa_allocator_create(NULL), 0, 0, 0};
    while (!p.quit) {
        ensure(&p);
        int *x = fa_frame_new(p.a, int, 4);
        if (x) x[0] = p.turns;
        if (++p.turns % 2) flush(&p);
        if (p.turns > 10) p.quit = 1;
    }
    flush(&p);
    fa_allocator_release(p.a);
    return 0;
}
