/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file map.h
 * @brief Hash maps of fixed capacity in frame memory.
 *
 *     FA_MAP_DEFINE(score_map, uint32_t, float)      // keys compared by their bytes
 *     FA_STRING_MAP_DEFINE(name_map, int)            // keys are strings, which are copied
 *
 *     score_map scores;
 *     if (score_map_make(&scores, a, 1000) == FA_OK)
 *         (void)score_map_put(&scores, entity, 0.5f);
 *
 * A map never grows: when it holds `capacity` entries, a new key is FA_ERROR_FULL. Its memory is one frame block (copies
 * of strings are further ones), which goes with its frame; every function then says FA_ERROR_STALE (FA006). Rolling back past
 * its making, or ending the allocator, ends it without that notice. A map belongs to one thread at a time, and strings are
 * put on the lane it was made on. Keys with padding bytes need a hash and an equality of their own.
 *
 * Open addressing with linear probing and deletion by shifting back (Knuth, The Art of Computer Programming 3, 6.4,
 * algorithm R), at most half full; keys are mixed with the finalizer of MurmurHash3 (Austin Appleby, public domain).
 */
#ifndef FRAMEALLOC_MAP_H
#define FRAMEALLOC_MAP_H

#include "annotations.h"
#include "status.h"

/** Hash of a key. Equal keys must have equal hashes. Since 1.0. */
typedef uint64_t (*fa_key_hash)(void *user, const void *key);

/** Whether two keys are the same: not 0. Since 1.0. */
typedef int32_t (*fa_key_equal)(void *user, const void *left, const void *right);

/** A key of any bytes: what maps of strings keep. Since 1.0. */
typedef struct fa_text_key {
    const char *bytes; /**< length bytes, and in the map a terminator behind them. */
    size_t length;     /**< Without the terminator. */
} fa_text_key;

/** How a map is made. Start from FA_MAP_SHAPE_INIT. Since 1.0. */
typedef struct fa_map_shape {
    uint32_t struct_size; /**< sizeof(fa_map_shape). */
    int32_t texts;        /**< 1: keys are fa_text_key, their bytes are copied; key_size and key_align are ignored. */
    size_t key_size;      /**< Bytes of a key, at least 1. */
    size_t key_align;     /**< Of a key, a power of two. */
    size_t value_size;    /**< Bytes of a value; 0 makes a set. */
    size_t value_align;   /**< Of a value, a power of two. */
    fa_key_hash hash;     /**< NULL for one of the key's bytes. */
    fa_key_equal equal;   /**< NULL for equality of the key's bytes; given if hash is. */
    void *user;           /**< First argument of both; stays the caller's, as long as the map. */
} fa_map_shape;

/** No key. Since 1.0. */
#define FA_MAP_SHAPE_INIT {(uint32_t)sizeof(fa_map_shape), 0, 0, 1, 0, 1, NULL, NULL, NULL}

/** A map of any types. A plain value; use one copy of it. Fields are for the library, but for count and capacity. Since 1.0. */
typedef struct fa_map {
    size_t count;           /**< Entries. */
    size_t capacity;        /**< Most entries. */
    uint32_t *hashes;       /**< Of each slot, 0 for an empty one. */
    unsigned char *slots;   /**< Keys and values. */
    size_t mask;            /**< Slots - 1. */
    size_t slot_size;       /**< Bytes of a slot. */
    size_t value_offset;    /**< Of the value in its slot. */
    size_t plain_words;     /**< 1 if keys are 8 bytes that are compared as they are. */
    fa_map_shape shape;     /**< As made. */
    fa_allocator *allocator;/**< Whose frame. */
    const uint64_t *epoch;  /**< The lane's epoch; NULL for a map that was never made. */
    uint64_t made_in;       /**< The epoch it was made in. */
} fa_map;

/**
 * @brief Makes an empty map in the running frame.
 * @param map overwritten. @param capacity entries; 0 is a map that is always full. @param shape copied.
 * @return FA_OK; FA_ERROR_SIZE; FA_ERROR_ALIGNMENT; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STRUCT_SIZE; otherwise as fa_frame_alloc().
 * Lifetime: the frame. Thread safety: any thread, with its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_map_init(FA_OUT fa_map *map, fa_allocator *a, size_t capacity, const fa_map_shape *shape);

/**
 * @brief The value of a key, made if it is new.
 * @param key of the map's key type. @param added receives 1 for a new key, whose value is uninitialised, else 0; may be NULL.
 * @return NULL with fa_last_status(): FA_ERROR_FULL without a report; FA_ERROR_STALE (FA006); FA_ERROR_INVALID_ARGUMENT; for copies
 * of strings as fa_frame_alloc(), and FA_ERROR_WRONG_LANE (FA211) on another lane. Lifetime: until an entry is removed. Thread safety: one thread at a time.
 */
FA_API FA_MAY_CALLBACK FA_LIFETIME(entry) FA_SINCE(1, 0)
void *fa_map_place(FA_INOUT fa_map *map, const void *key, FA_OUT FA_NULLABLE int32_t *added);

/** @brief fa_map_place() of a key that has to be new. @param value receives where its value goes. @return FA_OK; FA_ERROR_EXISTS without a report; otherwise what fa_map_place() leaves. Thread safety: one thread at a time. */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_map_add(FA_INOUT fa_map *map, const void *key, FA_OUT void **value);

/** @brief The value of a key, NULL with FA_ERROR_NOT_FOUND and no report if there is none; FA_ERROR_STALE (FA006). For a set, the key. Thread safety: one thread at a time. */
FA_API FA_MAY_CALLBACK FA_LIFETIME(entry) FA_SINCE(1, 0)
void *fa_map_get(const fa_map *map, const void *key);

/** @brief Removes an entry. @param value receives its value; may be NULL. @return FA_OK; FA_ERROR_NOT_FOUND without a report; FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_map_remove(FA_INOUT fa_map *map, const void *key, FA_OUT FA_NULLABLE void *value);

/** @brief Removes all entries. @return FA_OK or FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_map_clear(FA_INOUT fa_map *map);

/**
 * @brief The next entry, in no particular order that stays the same as long as nothing is added or removed.
 * @param cursor 0 at first. @param key receives where the key is; may be NULL. @param value likewise.
 * @return 1, or 0 when there is no more. An entry just returned may be removed with fa_map_remove_at(); others then
 * may be met twice. Thread safety: one thread at a time.
 */
FA_API FA_SINCE(1, 0)
int32_t fa_map_next(const fa_map *map, FA_INOUT size_t *cursor, FA_OUT FA_NULLABLE const void **key, FA_OUT FA_NULLABLE void **value);

/** @brief Removes the entry that fa_map_next() returned last. @return FA_OK; FA_ERROR_NOT_FOUND; FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_map_remove_at(FA_INOUT fa_map *map, FA_INOUT size_t *cursor);

/** Defines a map type @p name from @p key_type, compared by its bytes, to @p value_type. Since 1.0. */
#define FA_MAP_DEFINE(name, key_type, value_type) FA_MAP_DEFINE_WITH(name, key_type, value_type, NULL, NULL)

/** FA_MAP_DEFINE() with a hash and an equality: an fa_key_hash and an fa_key_equal, which get NULL for user. Since 1.0. */
#define FA_MAP_DEFINE_WITH(name, key_type, value_type, key_hash, key_equal)                                   \
    typedef struct name {                                                                                     \
        fa_map base;                                                                                          \
    } name;                                                                                                   \
    FA_INLINE fa_status name##_make(name *m, fa_allocator *a, size_t capacity)                                \
    {                                                                                                         \
        fa_map_shape shape = FA_MAP_SHAPE_INIT;                                                               \
        shape.key_size = sizeof(key_type);                                                                    \
        shape.key_align = FA_ALIGNOF(key_type);                                                               \
        shape.value_size = sizeof(value_type);                                                                \
        shape.value_align = FA_ALIGNOF(value_type);                                                           \
        shape.hash = key_hash;                                                                                \
        shape.equal = key_equal;                                                                              \
        return fa_map_init(&m->base, a, capacity, &shape);                                                    \
    }                                                                                                         \
    FA_INLINE size_t name##_count(const name *m) { return m->base.count; }                                    \
    FA_INLINE size_t name##_capacity(const name *m) { return m->base.capacity; }                              \
    FA_INLINE fa_status name##_put(name *m, key_type key, value_type value)                                   \
    {                                                                                                         \
        value_type *place = (value_type *)fa_map_place(&m->base, &key, NULL);                          \
        if (place == NULL)                                                                                    \
            return fa_last_status();                                                                          \
        *place = value;                                                                                       \
        return FA_OK;                                                                                         \
    }                                                                                                         \
    FA_INLINE fa_status name##_add(name *m, key_type key, value_type value)                                   \
    {                                                                                                         \
        void *place = NULL;                                                                                   \
        fa_status status = fa_map_add(&m->base, &key, &place);                                                \
        if (status == FA_OK)                                                                                  \
            *(value_type *)place = value;                                                                     \
        return status;                                                                                        \
    }                                                                                                         \
    FA_INLINE value_type *name##_get_or_put(name *m, key_type key, value_type value)                          \
    {                                                                                                         \
        int32_t added = 0;                                                                                    \
        value_type *place = (value_type *)fa_map_place(&m->base, &key, &added);                        \
        if (place != NULL && added)                                                                           \
            *place = value;                                                                                   \
        return place;                                                                                         \
    }                                                                                                         \
    FA_INLINE value_type *name##_get(const name *m, key_type key)                                             \
    {                                                                                                         \
        return (value_type *)fa_map_get(&m->base, &key);                                               \
    }                                                                                                         \
    FA_INLINE int32_t name##_contains(const name *m, key_type key)                                            \
    {                                                                                                         \
        return fa_map_get(&m->base, &key) != NULL;                                                     \
    }                                                                                                         \
    FA_INLINE fa_status name##_remove(name *m, key_type key, value_type *value)                               \
    {                                                                                                         \
        return fa_map_remove(&m->base, &key, value);                                                   \
    }                                                                                                         \
    FA_INLINE fa_status name##_clear(name *m) { return fa_map_clear(&m->base); } \
    FA_INLINE int32_t name##_next(const name *m, size_t *cursor, key_type const **key, value_type **value)    \
    {                                                                                                         \
        const void *found_key = NULL;                                                                         \
        void *found_value = NULL;                                                                             \
        int32_t more = fa_map_next(&m->base, cursor, &found_key, &found_value);                               \
        if (key != NULL)                                                                                      \
            *key = (key_type const *)found_key;                                                               \
        if (value != NULL)                                                                                    \
            *value = (value_type *)found_value;                                                               \
        return more;                                                                                          \
    }

/** @brief A string as a key; NULL is refused by the map. Thread safety: any thread. Since 1.0. */
FA_API FA_LEAF FA_SINCE(1, 0)
void fa_text_key_set(FA_OUT fa_text_key *key, FA_NULLABLE const char *text);

/** Defines a map type @p name from strings to @p value_type. Its functions take `const char *`; for bytes with zeros among
 * them use fa_map_place() and the like with an fa_text_key. Since 1.0. */
#define FA_STRING_MAP_DEFINE(name, value_type)                                                                \
    typedef struct name {                                                                                     \
        fa_map base;                                                                                          \
    } name;                                                                                                   \
    FA_INLINE fa_status name##_make(name *m, fa_allocator *a, size_t capacity)                                \
    {                                                                                                         \
        fa_map_shape shape = FA_MAP_SHAPE_INIT;                                                               \
        shape.texts = 1;                                                                                      \
        shape.value_size = sizeof(value_type);                                                                \
        shape.value_align = FA_ALIGNOF(value_type);                                                           \
        return fa_map_init(&m->base, a, capacity, &shape);                                                    \
    }                                                                                                         \
    FA_INLINE size_t name##_count(const name *m) { return m->base.count; }                                    \
    FA_INLINE size_t name##_capacity(const name *m) { return m->base.capacity; }                              \
    FA_INLINE value_type *name##_place(name *m, const char *key, int32_t *added)                              \
    {                                                                                                         \
        fa_text_key text;                                                                                     \
        fa_text_key_set(&text, key);                                                                          \
        return (value_type *)fa_map_place(&m->base, &text, added);                                            \
    }                                                                                                         \
    FA_INLINE fa_status name##_put(name *m, const char *key, value_type value)                                \
    {                                                                                                         \
        value_type *place = name##_place(m, key, NULL);                                                       \
        if (place == NULL)                                                                                    \
            return fa_last_status();                                                                          \
        *place = value;                                                                                       \
        return FA_OK;                                                                                         \
    }                                                                                                         \
    FA_INLINE fa_status name##_add(name *m, const char *key, value_type value)                                \
    {                                                                                                         \
        fa_text_key text;                                                                                     \
        void *place = NULL;                                                                                   \
        fa_text_key_set(&text, key);                                                                          \
        fa_status status = fa_map_add(&m->base, &text, &place);                                               \
        if (status == FA_OK)                                                                                  \
            *(value_type *)place = value;                                                                     \
        return status;                                                                                        \
    }                                                                                                         \
    FA_INLINE value_type *name##_get_or_put(name *m, const char *key, value_type value)                       \
    {                                                                                                         \
        int32_t added = 0;                                                                                    \
        value_type *place = name##_place(m, key, &added);                                                     \
        if (place != NULL && added)                                                                           \
            *place = value;                                                                                   \
        return place;                                                                                         \
    }                                                                                                         \
    FA_INLINE value_type *name##_get(const name *m, const char *key)                                          \
    {                                                                                                         \
        fa_text_key text;                                                                                     \
        fa_text_key_set(&text, key);                                                                          \
        return (value_type *)fa_map_get(&m->base, &text);                                                     \
    }                                                                                                         \
    FA_INLINE int32_t name##_contains(const name *m, const char *key) { return name##_get(m, key) != NULL; }  \
    FA_INLINE fa_status name##_remove(name *m, const char *key, value_type *value)                            \
    {                                                                                                         \
        fa_text_key text;                                                                                     \
        fa_text_key_set(&text, key);                                                                          \
        return fa_map_remove(&m->base, &text, value);                                                         \
    }                                                                                                         \
    FA_INLINE fa_status name##_clear(name *m) { return fa_map_clear(&m->base); }                              \
    FA_INLINE int32_t name##_next(const name *m, size_t *cursor, const char **key, value_type **value)        \
    {                                                                                                         \
        const void *found_key = NULL;                                                                         \
        void *found_value = NULL;                                                                             \
        int32_t more = fa_map_next(&m->base, cursor, &found_key, &found_value);                               \
        if (key != NULL)                                                                                      \
            *key = more ? ((const fa_text_key *)found_key)->bytes : NULL;                                     \
        if (value != NULL)                                                                                    \
            *value = (value_type *)found_value;                                                               \
        return more;                                                                                          \
    }

#endif
