/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdlib.h>

enum kind { SMALL, LARGE, BORROWED };

struct chunk {
    enum kind kind;
    void *data;
    size_t size;
};

static int take_chunk(fa_allocator *a, struct chunk *chunk, size_t size)
{
    chunk->size = size;
    chunk->kind = size < 4096 ? SMALL : LARGE;
    chunk->data = chunk->kind == SMALL ? fa_pool_alloc(a, size, 16) : malloc(size);
    return chunk->data != NULL;
}

static void drop_chunk(fa_allocator *a, struct chunk *chunk)
{
    switch (chunk->kind) {
    case SMALL:
    case LARGE:
        fa_release(a, chunk->data);
        break;
    case BORROWED:
        break;
    }
    chunk->data = NULL;
}

int stream(fa_allocator *a, const size_t *sizes, int count)
{
    int done = 0;
    for (int i = 0; i < count; i++) {
        struct chunk chunk;
        if (!take_chunk(a, &chunk, sizes[i]))
            break;
        done += chunk.size != 0;
        drop_chunk(a, &chunk); // expect: FA611
    }
    return done;
}
