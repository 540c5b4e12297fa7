/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdlib.h>

struct chunk {
    int large;
    void *data;
};

static int take_chunk(fa_allocator *a, struct chunk *chunk, size_t size)
{
    chunk->large = size >= 4096;
    chunk->data = chunk->large ? malloc(size) : fa_pool_alloc(a, size, 16);
    return chunk->data != NULL;
}

static void drop_chunk(fa_allocator *a, struct chunk *chunk)
{
    if (chunk->large)
        free(chunk->data);
    else
        fa_release(a, chunk->data);
}

int stream(fa_allocator *a, size_t size)
{
    struct chunk chunk;
    if (!take_chunk(a, &chunk, size))
        return 0;
    drop_chunk(a, &chunk);
    return 1;
}
