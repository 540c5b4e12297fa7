/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* The macro that does not set NULL. */
#define MEM_FREE(ctx, p)                                                                                               \
    do {                                                                                                               \
        if (p)                                                                                                         \
            fa_release((ctx)->a, (p));                                                                                 \
    } while (0)
typedef struct {
    fa_allocator *a;
} ctx_t;
typedef struct {
    int x, y;
} ent_t;
int spawn(ctx_t *ctx);
int spawn(ctx_t *ctx)
{
    ent_t *e = fa_pool_new(ctx->a, ent_t);
    if (!e)
        return -1;
    e->x = 1;
    MEM_FREE(ctx, e);
    if (e->x > 0) // expect: FA614
        return 1;
    return 0;
}
