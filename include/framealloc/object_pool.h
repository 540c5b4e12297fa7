/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file object_pool.h
 * @brief Objects of one type that never move, named by ids that are never used again.
 *
 * For components, caches and resources. Objects lie densely in slabs from the heap, so that going over them is linear.
 * Every function may be called from any thread and from the callbacks: no lock is held while a callback runs. An object
 * is found from the end of its constructor to the beginning of its destructor. While one goes over a pool, objects that
 * are given before their turn are left out, and objects that are taken may or may not be met. The pool keeps one
 * object from being given twice, not from being given while another thread uses it.
 * Destroy pools before their allocator: what is left then is freed without its destructor, and in debug mode reported
 * as leaked heap blocks (FA506).
 */
#ifndef FRAMEALLOC_OBJECT_POOL_H
#define FRAMEALLOC_OBJECT_POOL_H

#include "annotations.h"
#include "status.h"

/** A pool of objects; opaque. Since 1.0. */
typedef struct fa_object_pool fa_object_pool;

/** Id of an object, never 0 and never used again in its pool. Since 1.0. */
typedef uint64_t fa_object_id;

/** Makes an object of uninitialised memory; any status but FA_OK undoes the take. Since 1.0. */
typedef fa_status (*fa_object_constructor)(void *user, void *object);

/** Ends an object; its memory is reused after that. Since 1.0. */
typedef void (*fa_object_destructor)(void *user, void *object);

/** What a pool holds and calls; start with FA_OBJECT_POOL_CONFIG_INIT. Since 1.0. */
typedef struct fa_object_pool_config {
    uint32_t struct_size;    /**< sizeof(fa_object_pool_config) of the caller. */
    uint32_t maximum;        /**< Most live objects; 0 for as many as there is memory for. */
    size_t object_size;      /**< Bytes of an object, at least 1. */
    size_t align;            /**< Power of two up to FA_ALIGN_MAX. */
    uint32_t reuses_maximum; /**< Ids that one place gives out before it retires for good; 0 for the most, 2^31 - 1. */
    uint32_t reserved;       /**< 0. */
    fa_object_constructor constructor; /**< May be NULL. */
    fa_object_destructor destructor;   /**< May be NULL. */
    void *user;                        /**< First argument of both. */
} fa_object_pool_config;

/** Initial value of fa_object_pool_config: set object_size at least. Since 1.0. */
#define FA_OBJECT_POOL_CONFIG_INIT {(uint32_t)sizeof(fa_object_pool_config), 0, 0, 16, 0, 0, NULL, NULL, NULL}

/** Is called for an object; any status but FA_OK ends the round and is returned. Since 1.0. */
typedef fa_status (*fa_object_visit)(void *user, fa_object_id id, void *object);

/**
 * @brief Makes an empty pool.
 * @param config copied. @return NULL with fa_last_status(): FA_ERROR_INVALID_ARGUMENT, FA_ERROR_STRUCT_SIZE,
 * FA_ERROR_ALIGNMENT, FA_ERROR_SIZE, FA_ERROR_OUT_OF_MEMORY, FA_ERROR_MEMORY_LIMIT, FA_ERROR_INVALID_ALLOCATOR.
 * Ownership: the caller's, until fa_object_pool_destroy(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MUST_USE FA_RELEASED_BY(fa_object_pool_destroy) FA_SINCE(1, 0)
fa_object_pool *fa_object_pool_create(fa_allocator *a, const fa_object_pool_config *config);

/**
 * @brief Ends all objects and the pool, which must not be used after that or by another thread meanwhile.
 * @param pool NULL does nothing. @return FA_OK, or FA_ERROR_STATE (FA404) if objects are still there, since a callback
 * of the pool is running or a destructor took new ones; the pool then goes on. Thread safety: one thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_object_pool_destroy(FA_NULLABLE fa_object_pool *pool);

/**
 * @brief Takes an object.
 * @param id receives its id; may be NULL.
 * @return the object, or NULL with fa_last_status(): FA_ERROR_FULL quietly at the maximum, the status of the
 * constructor, FA_ERROR_OUT_OF_MEMORY, FA_ERROR_MEMORY_LIMIT (FA301), FA_ERROR_INVALID_ARGUMENT.
 * Ownership: the pool's. Lifetime: until it is given. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_RELEASED_BY(fa_object_pool_give_object) FA_SINCE(1, 0)
void *fa_object_pool_take(fa_object_pool *pool, FA_OUT FA_NULLABLE fa_object_id *id);

/** @brief Ends an object by its id. @return FA_OK, FA_ERROR_STALE (FA401), FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_object_pool_give(fa_object_pool *pool, fa_object_id id);

/**
 * @brief Ends an object by its address.
 * @param object NULL does nothing. @return FA_OK, FA_ERROR_FOREIGN_POINTER (FA501), FA_ERROR_INTERIOR_POINTER (FA503),
 * FA_ERROR_DOUBLE_FREE (FA502), FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_object_pool_give_object(fa_object_pool *pool, FA_NULLABLE void *object);

/** @brief The object of an id. @return NULL, with FA_ERROR_STALE quietly, if it is not there. Thread safety: any thread. */
FA_API FA_LEAF FA_LIFETIME(object) FA_SINCE(1, 0)
void *fa_object_pool_get(const fa_object_pool *pool, fa_object_id id);

/** @brief The id of a live object. @return 0, with a quiet fa_last_status() as for fa_object_pool_give_object(), if it is none. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_object_id fa_object_pool_id_of(const fa_object_pool *pool, const void *object);

/** @brief How many objects there are, those in construction or destruction too; 0 for NULL. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_object_pool_count(const fa_object_pool *pool);

/** @brief The maximum of the configuration, 0 for none or NULL. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_object_pool_maximum(const fa_object_pool *pool);

/** @brief Calls visit for each live object. @return FA_OK, what visit returned, or FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_object_pool_each(fa_object_pool *pool, fa_object_visit visit, FA_NULLABLE void *user);

/**
 * @brief The next live object.
 * @param cursor 0 to begin with. @param id receives its id; may be NULL.
 * @return NULL when there are no more. Thread safety: any thread, each with its own cursor.
 */
FA_API FA_LEAF FA_LIFETIME(object) FA_SINCE(1, 0)
void *fa_object_pool_next(const fa_object_pool *pool, FA_INOUT uint64_t *cursor, FA_OUT FA_NULLABLE fa_object_id *id);

/** @brief Ends all live objects and keeps the memory. @return FA_OK, FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_object_pool_clear(fa_object_pool *pool);

/** Typed functions over a pool: name_take(), name_get() and name_next() return type *. Since 1.0. */
#define FA_OBJECT_POOL_DEFINE(name, type)                                                                             \
    FA_INLINE type *name##_take(fa_object_pool *pool, fa_object_id *id)                                               \
    {                                                                                                                 \
        return (type *)fa_object_pool_take(pool, id);                                                                 \
    }                                                                                                                 \
    FA_INLINE type *name##_get(const fa_object_pool *pool, fa_object_id id)                                           \
    {                                                                                                                 \
        return (type *)fa_object_pool_get(pool, id);                                                                  \
    }                                                                                                                 \
    FA_INLINE type *name##_next(const fa_object_pool *pool, uint64_t *cursor, fa_object_id *id)                       \
    {                                                                                                                 \
        return (type *)fa_object_pool_next(pool, cursor, id);                                                         \
    }                                                                                                                 \
    FA_INLINE fa_object_pool *name##_create(fa_allocator *a, uint32_t maximum)                                        \
    {                                                                                                                 \
        fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;                                                    \
        config.object_size = sizeof(type);                                                                            \
        config.align = FA_ALIGNOF(type);                                                                              \
        config.maximum = maximum;                                                                                     \
        return fa_object_pool_create(a, &config);                                                                     \
    }

#endif
