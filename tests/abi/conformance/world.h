/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An allocator in which there is one of everything, made when a function wants it. */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H

#include <framealloc/framealloc.h>

#include <stdbool.h>

typedef union value {
    uint64_t u64;
    int64_t i64;
    uint32_t u32;
    int32_t i32;
    size_t size;
    double real;
    void *pointer;
    const void *readable;
} value;

typedef struct world {
    fa_allocator *a;
    fa_allocator *ended; /* a stale handle */
    fa_stream *stream;
    fa_object_pool *objects;
    fa_vector vector;
    fa_map map;
    fa_window window;
    fa_magazine magazine;
    fa_tagged tagged;
    fa_scratch_scope scope;
    fa_asset asset;
    void *asset_memory;
    uint64_t generation;
} world;

bool world_make(world *w);
void world_end(world *w);

/* Brings the world into the state that a function needs. */
void world_prepare(world *w, const char *function);

/* The argument of a function for a parameter; false if the world has nothing to say about it. */
bool world_argument(world *w, const char *function, const char *type, const char *parameter, value *out);

#endif
