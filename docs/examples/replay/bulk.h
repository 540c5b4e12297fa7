/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Memory of the program itself, straight from the operating system.
 *
 * The malloc that is measured adapts its thresholds to what is freed, so the
 * program keeps its own large arrays away from it.
 */
#ifndef REPLAY_BULK_H
#define REPLAY_BULK_H

#include <stddef.h>

/* A growing stretch of bytes. All zero is an empty one. */
struct bulk {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

/* Makes room for `size` bytes; what is new is zero. Ends the program when memory runs out. */
void bulk_reserve(struct bulk *bulk, size_t size);
void bulk_append(struct bulk *bulk, const void *bytes, size_t size);
void bulk_free(struct bulk *bulk);

/* `count` zeroed elements that live until the program ends or bulk_array_free(). */
void *bulk_array(size_t count, size_t size);
void bulk_array_free(void *array, size_t count, size_t size);

/* The same, shared with child processes. */
void *bulk_shared(size_t size);

#endif
