/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct mesh {
    void *vertices, *indices;
};

static void mesh_free(fa_allocator *a, struct mesh *mesh)
{
    fa_release(a, mesh->vertices);
    fa_release(a, mesh->indices);
}

void preview(fa_allocator *a)
{
    struct mesh mesh;
    mesh.vertices = fa_heap_alloc(a, 5000, 16);
    mesh.indices = fa_frame_alloc(a, 600, 16);
    mesh_free(a, &mesh); // expect: FA613
}
