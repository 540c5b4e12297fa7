/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Resources by index, goto cleanup in reverse. */
struct texture {
    void *pixels;
    int w, h;
};
struct level {
    struct texture *textures;
    unsigned char *tiles;
    char *name;
};
static void level_free(fa_allocator *a, struct level *l)
{
    if (l->textures != NULL)
        fa_release(a, l->textures);
    if (l->tiles != NULL)
        fa_release(a, l->tiles);
    if (l->name != NULL)
        fa_release(a, l->name);
    *l = (struct level){0};
}
static int level_load(fa_allocator *a, struct level *l, int n)
{
    int status = -1;
    l->textures = fa_pool_alloc_array(a, (size_t)n, sizeof *l->textures, 16);
    if (!l->textures)
        goto fail;
    l->tiles = fa_heap_alloc(a, 4096, 16);
    if (!l->tiles)
        goto fail;
    l->name = fa_pool_alloc(a, 32, 1);
    if (!l->name)
        goto fail;
    return 0;
fail:
    level_free(a, l);
    return status;
}
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct level l = {0};
    for (int i = 0; i < 3; i++) {
        if (level_load(a, &l, i + 1) != 0) {
            level_free(a, &l);
            continue;
        }
        l.tiles[0] = 1;
        level_free(a, &l);
    }
    level_free(a, &l);
    fa_allocator_release(a);
    return 0;
}
