/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Macros that wrap everything. */
#include <string.h>
#define MEM_NEW(T, ctx) ((T *)fa_pool_alloc((ctx)->a, sizeof(T), 16))
#define MEM_FREE(ctx, p)                                                                                               \
    do {                                                                                                               \
        if (p) {                                                                                                       \
            fa_release((ctx)->a, (p));                                                                                 \
            (p) = NULL;                                                                                                \
        }                                                                                                              \
    } while (0)
#define TRY(x)                                                                                                         \
    do {                                                                                                               \
        if (!(x))                                                                                                      \
            goto fail;                                                                                                 \
    } while (0)
#define BEGIN(ctx) TRY(fa_frame_begin((ctx)->a) == FA_OK)
#define END(ctx)   ((void)fa_frame_end((ctx)->a))
typedef struct {
    fa_allocator *a;
    int errors;
} ctx_t;
typedef struct {
    int x, y;
    char name[16];
} ent_t;
static int spawn(ctx_t *ctx, const char *name)
{
    ent_t *e = NULL;
    char *tmp;
    BEGIN(ctx);
    tmp = fa_frame_strdup(ctx->a, name);
    if (!tmp) {
        END(ctx);
        goto fail;
    }
    e = MEM_NEW(ent_t, ctx);
    if (!e) {
        END(ctx);
        goto fail;
    }
    memcpy(e->name, tmp, strlen(tmp) < 16 ? strlen(tmp) : 15);
    END(ctx);
    MEM_FREE(ctx, e);
    MEM_FREE(ctx, e);
    return 0;
fail:
    ctx->errors++;
    MEM_FREE(ctx, e);
    return -1;
}
int main(void)
{
    ctx_t c = {fa_allocator_create(NULL), 0};
    spawn(&c, "orc");
    spawn(&c, "elf");
    fa_allocator_release(c.a);
    return c.errors;
}
