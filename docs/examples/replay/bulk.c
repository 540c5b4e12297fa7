/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "bulk.h"

#include "message.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static void *map(size_t size, int visibility)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, visibility | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("no memory for %zu bytes", size);
    return memory;
}

void bulk_reserve(struct bulk *bulk, size_t size)
{
    if (size <= bulk->capacity)
        return;
    size_t capacity = bulk->capacity == 0 ? (size_t)1 << 16 : bulk->capacity;
    while (capacity < size)
        capacity *= 2;
    void *memory = bulk->bytes == NULL ? map(capacity, MAP_PRIVATE)
                                       : mremap(bulk->bytes, bulk->capacity, capacity, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED)
        fail("no memory for %zu bytes", capacity);
    bulk->bytes = memory;
    bulk->capacity = capacity;
}

void bulk_append(struct bulk *bulk, const void *bytes, size_t size)
{
    bulk_reserve(bulk, bulk->size + size);
    memcpy(bulk->bytes + bulk->size, bytes, size);
    bulk->size += size;
}

void bulk_free(struct bulk *bulk)
{
    if (bulk->bytes != NULL)
        munmap(bulk->bytes, bulk->capacity);
    *bulk = (struct bulk){NULL, 0, 0};
}

static size_t array_bytes(size_t count, size_t size)
{
    if (count > SIZE_MAX / 2 / size)
        fail("no memory for %zu elements", count);
    return count == 0 ? size : count * size;
}

void *bulk_array(size_t count, size_t size)
{
    return map(array_bytes(count, size), MAP_PRIVATE);
}

void bulk_array_free(void *array, size_t count, size_t size)
{
    if (array != NULL)
        munmap(array, array_bytes(count, size));
}

void *bulk_shared(size_t size)
{
    return map(size, MAP_SHARED);
}
