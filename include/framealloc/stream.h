/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file stream.h
 * @brief Streaming: assets that are loaded, used and evicted within a budget of bytes.
 *
 * An asset is reserved (its bytes are booked, nothing is allocated), loaded into memory that the store hands out, and
 * used. When room is needed the store evicts: lowest priority first, then what was accessed longest ago; never what is
 * loading or pinned, and never a higher priority than that of the request. An evicted asset keeps its id and can be
 * loaded again.
 *
 * Reserved -> Loading -> Ready -> Evicting -> Evicted, and from there Loading again.
 *
 * Bytes of an asset count from its reservation until it is evicted or freed. Memory comes from the allocator, aligned to
 * FA_CACHE_LINE. Every function may be called from any thread; functions of the user run with no lock held.
 */
#ifndef FRAMEALLOC_STREAM_H
#define FRAMEALLOC_STREAM_H

#include "annotations.h"
#include "status.h"

/** A streaming store; opaque. Since 1.0. */
typedef struct fa_stream fa_stream;

/** An asset of one store; 0 is none. Never used again once freed. Since 1.0. */
typedef uint64_t fa_asset;

#define FA_PRIORITY_LOW 0      /**< Evicted first. */
#define FA_PRIORITY_NORMAL 1   /**< The usual. */
#define FA_PRIORITY_HIGH 2     /**< Evicted for high and critical requests only. */
#define FA_PRIORITY_CRITICAL 3 /**< Evicted for critical requests only. */

#define FA_ASSET_RESERVED 1 /**< Booked, no memory. */
#define FA_ASSET_LOADING 2  /**< Has memory that a loader fills. */
#define FA_ASSET_READY 3    /**< Loaded. */
#define FA_ASSET_EVICTING 4 /**< Its eviction function runs. */
#define FA_ASSET_EVICTED 5  /**< Neither booked nor in memory. */

#define FA_ASSET_NAME_MAX 63 /**< Bytes of an asset's name that are kept. */

/** Called before the memory of an evicted asset goes back; the asset can be asked about, not changed. Since 1.0. */
typedef void (*fa_stream_evicted)(void *user, fa_asset asset, void *memory, size_t size);

/** How a store is made. Start from FA_STREAM_CONFIG_INIT. Since 1.0. */
typedef struct fa_stream_config {
    uint32_t struct_size;      /**< sizeof(fa_stream_config). */
    uint32_t reserved;         /**< Must be 0. */
    uint64_t budget;           /**< Bytes; 0 lets nothing in. */
    fa_stream_evicted evicted; /**< May be NULL. */
    void *user;                /**< First argument of evicted; stays the caller's, as long as the store. */
} fa_stream_config;

/** A store of 64 MiB. Since 1.0. */
#define FA_STREAM_CONFIG_INIT {(uint32_t)sizeof(fa_stream_config), 0, (uint64_t)67108864, NULL, NULL}

/**
 * @brief Makes a store.
 * @param config copied; NULL for FA_STREAM_CONFIG_INIT.
 * @return NULL on failure, with fa_last_status(): FA_ERROR_STRUCT_SIZE, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_OUT_OF_MEMORY or
 * FA_ERROR_INVALID_ALLOCATOR. Ownership: the caller's, until fa_stream_destroy() or the allocator ends. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MUST_USE FA_RELEASED_BY(fa_stream_destroy) FA_SINCE(1, 0)
fa_stream *fa_stream_create(fa_allocator *a, FA_NULLABLE const fa_stream_config *config);

/**
 * @brief Evicts and frees all assets, and ends the store.
 * @return FA_OK, for NULL too; FA_ERROR_PINNED (FA403) or FA_ERROR_STATE (FA404) while an asset is pinned or loading, and then
 * the store goes on. Thread safety: one thread; no other may use the store meanwhile.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_stream_destroy(FA_NULLABLE fa_stream *stream);

/**
 * @brief Books room for an asset, evicting others if need be.
 * @param size bytes, at least 1. @param priority FA_PRIORITY_*. @param name copied; may be NULL. @param asset receives the id.
 * @return FA_OK; FA_ERROR_BUDGET (FA402) if too little can be evicted, and then nothing is; FA_ERROR_SIZE;
 * FA_ERROR_INVALID_ARGUMENT; FA_ERROR_OUT_OF_MEMORY. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_stream_reserve(fa_stream *stream, size_t size, int32_t priority, FA_NULLABLE const char *name,
                            FA_OUT FA_RELEASED_BY(fa_stream_free) fa_asset *asset);

/**
 * @brief Takes the memory of a reserved asset, or books and takes that of an evicted one.
 * @param memory receives it: uninitialised, for the loader alone until fa_stream_finish_load().
 * @return FA_OK; FA_ERROR_STATE (FA404) in any other state; FA_ERROR_BUDGET (FA402); FA_ERROR_STALE (FA401); FA_ERROR_OUT_OF_MEMORY;
 * FA_ERROR_MEMORY_LIMIT. A failure leaves the asset as it was. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_stream_begin_load(fa_stream *stream, fa_asset asset, FA_OUT void **memory);

/**
 * @brief Begins to load a new version of an asset that is ready. The old one can be accessed and pinned until the new one
 * is finished; who has it pinned then keeps it until unpinned.
 * @param size bytes of the new version. @return as fa_stream_begin_load(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_stream_begin_replace(fa_stream *stream, fa_asset asset, size_t size, FA_OUT void **memory);

/** @brief Tells how many bytes are loaded: no fewer than before and no more than its size. @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STATE (FA404) if nothing is loading; FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_report_progress(fa_stream *stream, fa_asset asset, size_t loaded);

/** @brief Ends a load: the asset, or its new version, is ready. @return FA_OK; FA_ERROR_STATE (FA404) if nothing is loading; FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_finish_load(fa_stream *stream, fa_asset asset);

/** @brief Gives up a load: the asset is reserved again, or stays ready in its old version. @return as fa_stream_finish_load(). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_abandon_load(fa_stream *stream, fa_asset asset);

/**
 * @brief The memory of an asset that is ready, which becomes the one accessed last.
 * @param size receives its bytes; may be NULL.
 * @return NULL with fa_last_status(), without a report: FA_ERROR_STATE if it is not ready; with one: FA_ERROR_STALE (FA401).
 * Lifetime: until a call, on any thread, that may evict or replaces it; pin it to keep it longer. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(eviction) FA_SINCE(1, 0)
void *fa_stream_access(fa_stream *stream, fa_asset asset, FA_OUT FA_NULLABLE size_t *size);

/** @brief fa_stream_access() of memory that stays until fa_stream_unpin(), counted. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_LIFETIME(pin) FA_SINCE(1, 0)
void *fa_stream_pin(fa_stream *stream, fa_asset asset, FA_OUT FA_NULLABLE size_t *size);

/** @brief Undoes one pin. @param memory what fa_stream_pin() returned: it tells versions apart. @return FA_OK; FA_ERROR_UNBALANCED (FA008) if it is not pinned; FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_unpin(fa_stream *stream, fa_asset asset, const void *memory);

/** @brief Evicts one asset that is ready. @return FA_OK; FA_ERROR_PINNED (FA403); FA_ERROR_STATE (FA404); FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_stream_evict(fa_stream *stream, fa_asset asset);

/** @brief Frees an asset and its id, without the eviction function. @return FA_OK; FA_ERROR_PINNED (FA403); FA_ERROR_STATE (FA404) while it is loading or evicting; FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_free(fa_stream *stream, fa_asset asset);

/** @brief Changes the priority of an asset. @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_set_priority(fa_stream *stream, fa_asset asset, int32_t priority);

/**
 * @brief Changes the budget. Nothing is evicted: fa_stream_evict_step() does so in slices, or the next request that needs room.
 * @param excess receives the bytes in use beyond the new budget; may be NULL.
 * @return FA_OK or FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_set_budget(fa_stream *stream, uint64_t budget, FA_OUT FA_NULLABLE uint64_t *excess);

/**
 * @brief Evicts in the usual order until at most @p keep bytes are in use, but no more than @p most_assets assets.
 * @param evicted receives the bytes evicted; may be NULL.
 * @return FA_OK, also when there was nothing to evict; FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_stream_evict_step(fa_stream *stream, uint64_t keep, uint32_t most_assets,
                               FA_OUT FA_NULLABLE uint64_t *evicted);

/** One asset. Since 1.0. */
typedef struct fa_asset_info {
    uint32_t struct_size; /**< sizeof(fa_asset_info). */
    int32_t state;        /**< FA_ASSET_*. */
    int32_t priority;     /**< FA_PRIORITY_*. */
    uint32_t pins;        /**< Pins of all versions. */
    int32_t replacing;    /**< 1 while a new version is loading. */
    uint32_t reserved;    /**< 0. */
    uint64_t size;        /**< Bytes of the current version. */
    uint64_t loading;     /**< Bytes of the version that is loading, else 0. */
    uint64_t loaded;      /**< Of these, how many are loaded; for one that is ready its size. */
    char name[FA_ASSET_NAME_MAX + 1]; /**< As given. */
} fa_asset_info;

/** Initialiser of fa_asset_info. Since 1.0. */
#define FA_ASSET_INFO_INIT {(uint32_t)sizeof(fa_asset_info), 0, 0, 0, 0, 0, 0, 0, 0, {0}}

/** @brief Reads one asset. @param out its struct_size must be set. @return FA_OK; FA_ERROR_STALE (FA401); FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_get_asset(fa_stream *stream, fa_asset asset, FA_INOUT fa_asset_info *out);

/** Figures of a store. Since 1.0. */
typedef struct fa_stream_stats {
    uint32_t struct_size;     /**< sizeof(fa_stream_stats). */
    uint32_t reserved_assets; /**< Assets that are reserved. */
    uint32_t loading_assets;  /**< Assets that are loading for the first time. */
    uint32_t ready_assets;    /**< Assets that are ready. */
    uint32_t evicting_assets; /**< Assets whose eviction function runs. */
    uint32_t evicted_assets;  /**< Assets that are evicted. */
    uint64_t budget;          /**< Bytes. */
    uint64_t used;            /**< Bytes booked, old versions that are pinned included. */
    uint64_t peak;            /**< Highest bytes booked. */
    uint64_t evictable;       /**< Bytes that could be evicted now. */
    uint64_t loads;           /**< Loads finished, new versions included. */
    uint64_t abandoned;       /**< Loads given up. */
    uint64_t hits;            /**< Accesses and pins that met an asset that was ready. */
    uint64_t misses;          /**< Those that did not. */
    uint64_t evictions;       /**< Assets evicted. */
    uint64_t evicted_bytes;   /**< Their bytes. */
    uint64_t refused;         /**< Requests that found no room. */
} fa_stream_stats;

/** Initialiser of fa_stream_stats. Since 1.0. */
#define FA_STREAM_STATS_INIT {(uint32_t)sizeof(fa_stream_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/** @brief Reads the figures of a store. @return FA_OK, FA_ERROR_STRUCT_SIZE or FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_get_stats(fa_stream *stream, FA_INOUT fa_stream_stats *out);

/**
 * @brief Takes ids of assets that were evicted and not told of yet, oldest first, for those who poll.
 * @param lost receives how many were overwritten before they were taken (the newest 256 are kept); may be NULL.
 * @return FA_OK or FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_stream_poll_evicted(fa_stream *stream, FA_OUT FA_ARRAY(capacity) fa_asset *assets, size_t capacity, FA_OUT size_t *count,
                                 FA_OUT FA_NULLABLE uint64_t *lost);

#endif
