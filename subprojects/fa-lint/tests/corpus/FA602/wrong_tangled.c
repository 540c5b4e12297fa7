/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct mesh {
    unsigned *indices;
    int count;
};

static int visible(const struct mesh *mesh, int i)
{
    return mesh->indices[i] % 2;
}

int cull(fa_allocator *a, struct mesh *meshes, int count)
{
    int kept = 0;
    for (int m = 0; m < count; m++) {
        struct mesh *mesh = &meshes[m];
        if (mesh->indices == NULL)
            continue;
        for (int i = 0; i < 4096; i++) {
            unsigned *key;
            if (!visible(mesh, i))
                continue;
            key = fa_heap_alloc(a, sizeof *key, 16); // expect: FA602
            if (key == NULL)
                goto out;
            *key = mesh->indices[i];
            kept += *key != 0;
            fa_release(a, key);
        }
    }
out:
    return kept;
}
