/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A mesh builder: vertices and triangles of an island are collected in frame memory, where growing is cheap and
 * throwing away costs nothing. Only the finished mesh is copied to the heap, in one block of just its size.
 */
#include <framealloc/framealloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 129 };

struct vertex {
    float x, y, z;
};

struct mesh {
    uint32_t vertex_count, index_count;
    struct vertex *vertices;
    uint32_t *indices;
};

struct list {
    void *items;
    size_t item_size, count, capacity;
};

static float height(uint32_t column, uint32_t row)
{
    float x = (float)column / 64 - 1, z = (float)row / 64 - 1;
    return 0.6f - x * x - z * z + 0.1f * sinf(9 * x) * cosf(7 * z);
}

/* In place while the list is the newest block of the frame, else by copying. */
static void *append(fa_allocator *a, struct list *list)
{
    if (list->count == list->capacity) {
        size_t wanted = list->capacity == 0 ? 256 : list->capacity * 2;
        void *grown = fa_frame_realloc(a, list->items, list->capacity * list->item_size, wanted * list->item_size, 16);
        if (grown == NULL)
            return NULL;
        list->items = grown;
        list->capacity = wanted;
    }
    return (char *)list->items + list->item_size * list->count++;
}

static int add_corner(fa_allocator *a, struct list *vertices, struct list *indices, uint32_t *number, uint32_t at[2])
{
    uint32_t *index = append(a, indices);
    if (*number == 0) {
        struct vertex *vertex = append(a, vertices);
        if (vertex == NULL)
            return 0;
        *vertex = (struct vertex){(float)at[0], height(at[0], at[1]), (float)at[1]};
        *number = (uint32_t)vertices->count;
    }
    if (index != NULL)
        *index = *number - 1;
    return index != NULL;
}

/* Header, vertices and indices in one heap block. */
static struct mesh *finish(fa_allocator *a, const struct list *vertices, const struct list *indices)
{
    size_t vertex_bytes = vertices->count * vertices->item_size, index_bytes = indices->count * indices->item_size;
    struct mesh *mesh = fa_heap_alloc(a, sizeof *mesh + vertex_bytes + index_bytes, 16);
    if (mesh == NULL)
        return NULL;
    char *first = (char *)(mesh + 1);
    *mesh = (struct mesh){(uint32_t)vertices->count, (uint32_t)indices->count,
                          memcpy(first, vertices->items, vertex_bytes),
                          memcpy(first + vertex_bytes, indices->items, index_bytes)};
    return mesh;
}

static struct mesh *build_island(fa_allocator *a)
{
    static const uint32_t corners[6][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 0}, {0, 1}, {1, 1}};
    struct list vertices = {NULL, sizeof(struct vertex), 0, 0}, indices = {NULL, sizeof(uint32_t), 0, 0};
    uint32_t *shared = fa_frame_new_zeroed(a, uint32_t, SIDE * SIDE); /* Number of a vertex, and 1; 0 for none. */
    if (shared == NULL)
        return NULL;
    for (uint32_t row = 0; row + 1 < SIDE; row++)
        for (uint32_t column = 0; column + 1 < SIDE; column++)
            for (int i = 0; height(column, row) > 0 && i < 6; i++) {
                uint32_t at[2] = {column + corners[i][0], row + corners[i][1]};
                if (!add_corner(a, &vertices, &indices, &shared[at[1] * SIDE + at[0]], at))
                    return NULL;
            }
    return finish(a, &vertices, &indices);
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_frame_begin(a);
    struct mesh *mesh = build_island(a);
    size_t building = fa_frame_used(a), land = 0, wrong = 0;
    fa_frame_end(a);
    if (mesh == NULL)
        return 1;
    for (uint32_t i = 0; i < (SIDE - 1) * (SIDE - 1); i++)
        land += height(i % (SIDE - 1), i / (SIDE - 1)) > 0;
    for (uint32_t i = 0; i < mesh->index_count; i++)
        wrong += mesh->indices[i] >= mesh->vertex_count;
    wrong += mesh->index_count != land * 6 || mesh->vertex_count <= land || mesh->vertex_count >= SIDE * SIDE;
    printf("island of %u vertices and %u triangles: %zu bytes to build, %zu to keep\n", mesh->vertex_count,
           mesh->index_count / 3, building, fa_usable_size(a, mesh));
    wrong += fa_release(a, mesh) != FA_OK;
    fa_allocator_release(a);
    return wrong != 0;
}
