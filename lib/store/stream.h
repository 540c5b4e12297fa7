/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A streaming store, shared among its files: stream.c (the store), asset.c (states of one asset), evict.c (making room). */
#ifndef FA_STORE_STREAM_H
#define FA_STORE_STREAM_H

#include "base/slots.h"
#include "core/allocator.h"

#include <framealloc/stream.h>

enum { FA_STREAM_PRIORITIES = FA_PRIORITY_CRITICAL + 1, FA_STREAM_EVICTED = 256 };

/* Memory of one version of an asset. */
typedef struct fa_asset_version {
    void *memory; /* NULL while only booked */
    size_t size;
    uint32_t pins;
    struct fa_asset_version *next; /* of replaced versions that are pinned */
} fa_asset_version;

typedef struct fa_asset_state {
    fa_link age; /* in the list of its priority while it can be evicted, else alone */
    fa_asset id;
    int32_t state;
    int32_t priority;
    bool replacing;
    fa_asset_version current;
    fa_asset_version coming; /* while loading or replacing */
    size_t loaded;           /* of coming */
    fa_asset_version *replaced;
    char name[FA_ASSET_NAME_MAX + 1];
} fa_asset_state;

struct fa_stream {
    fa_allocator *allocator;
    fa_link link; /* in the allocator's list, guarded by its lock */
    fa_stream_config config;
    fa_mutex lock; /* guards what follows */
    fa_slots assets;
    fa_link ages[FA_STREAM_PRIORITIES]; /* accessed last comes first */
    uint64_t evictable[FA_STREAM_PRIORITIES];
    fa_stream_stats stats;
    fa_asset evicted[FA_STREAM_EVICTED]; /* a ring */
    uint64_t evicted_written;
    uint64_t evicted_taken;
};

/* Locks a store and finds an asset. On failure nothing is locked, and it was reported. */
fa_status fa_stream_enter(fa_stream *stream, fa_asset id, fa_asset_state **asset);
void fa_stream_leave(fa_stream *stream);

/* Counts an asset in its state, and no longer. */
void fa_stream_set_state(fa_stream *stream, fa_asset_state *asset, int32_t state);

/* Locked: makes the asset the one accessed last if it can be evicted, or takes it off the list if it cannot. */
void fa_stream_touch(fa_stream *stream, fa_asset_state *asset);

/* Books bytes, evicting up to a priority. No lock may be held. FA_OK or, with a report, FA_ERROR_BUDGET. */
fa_status fa_stream_book(fa_stream *stream, size_t bytes, int32_t priority);

/* Locked: bytes are no longer booked. */
void fa_stream_unbook(fa_stream *stream, size_t bytes);

/* Evicts one asset that can be, with the lock held, which is let go of meanwhile. */
void fa_stream_evict_locked(fa_stream *stream, fa_asset_state *asset);

/* Locked: the asset to evict first, up to a priority; NULL if there is none. */
fa_asset_state *fa_stream_oldest(fa_stream *stream, int32_t priority);

/* Reads the figures of up to most of the allocator's stores, newest first; returns how many stores there are. */
size_t fa_streams_read(fa_allocator *a, fa_stream_stats *out, size_t most);

extern const struct fa_room fa_stream_room;

#endif
