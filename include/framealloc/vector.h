/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file vector.h
 * @brief Vectors of fixed capacity in frame memory.
 *
 *     FA_VECTOR_DEFINE(contact_list, contact)
 *
 *     contact_list list;
 *     if (contact_list_make(&list, a, 256) == FA_OK && contact_list_push(&list, found) == FA_OK)
 *         solve(contact_list_items(&list), contact_list_count(&list));
 *
 * A vector never grows: when it is full, taking more in is FA_ERROR_FULL. Its memory is one frame block, which goes with
 * its frame; every function then says FA_ERROR_STALE (FA006). Rolling back past its making, or ending the allocator, ends
 * it without that notice. A vector belongs to one thread at a time, and is never NULL for the inline functions.
 */
#ifndef FRAMEALLOC_VECTOR_H
#define FRAMEALLOC_VECTOR_H

#include "annotations.h"
#include "status.h"

/** The items of a vector of any type. A plain value: copies share the items, not the count. Since 1.0. */
typedef struct fa_vector {
    void *items;            /**< count items in use. */
    size_t count;           /**< Items in use. */
    size_t capacity;        /**< Most items. */
    size_t item_size;       /**< Bytes of an item. */
    const uint64_t *epoch;  /**< The lane's epoch; NULL for a vector that was never made. */
    uint64_t made_in;       /**< The epoch it was made in. */
    fa_allocator *allocator;/**< Whose frame: reports go to its sink. */
} fa_vector;

/** A vector that was never made: every function refuses it. Since 1.0. */
#define FA_VECTOR_INIT {NULL, 0, 0, 0, NULL, 0, NULL}

/** Whether an item shall stay or is the one looked for: not 0. Since 1.0. */
typedef int32_t (*fa_item_test)(void *user, const void *item);

/** Order of two items: negative, 0 or positive. Since 1.0. */
typedef int32_t (*fa_item_order)(void *user, const void *left, const void *right);

/**
 * @brief Makes an empty vector in the running frame.
 * @param vector overwritten. @param capacity items; 0 is a vector that is always full. @param item_size bytes, at least 1.
 * @param align of the items, a power of two.
 * @return FA_OK; FA_ERROR_SIZE when the items do not fit an address space, or item_size is 0; otherwise as fa_frame_alloc().
 * Lifetime: the frame. Thread safety: any thread, with its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_init(FA_OUT fa_vector *vector, fa_allocator *a, size_t capacity, size_t item_size, size_t align);

/** @brief FA_OK for a vector whose frame runs; FA_ERROR_STALE (FA006), or FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: one thread at a time. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_vector_check(FA_NULLABLE const fa_vector *vector);

/** @brief Why a push was refused: fa_vector_check(), then FA_ERROR_FULL without a report. Thread safety: one thread at a time. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_vector_refuse(FA_NULLABLE const fa_vector *vector);

/** @brief Appends copies of @p count items, all or none. @return FA_OK; FA_ERROR_FULL; FA_ERROR_STALE (FA006); FA_ERROR_INVALID_ARGUMENT. Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_extend(FA_INOUT fa_vector *vector, FA_NULLABLE const void *items, size_t count);

/** @brief Inserts a copy of an item in front of the one at @p index; the count appends. @return FA_OK; FA_ERROR_FULL; FA_ERROR_NOT_FOUND for an index beyond the count; FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_insert(FA_INOUT fa_vector *vector, size_t index, const void *item);

/** @brief Removes the last item. @param item receives it; may be NULL. @return FA_OK; FA_ERROR_NOT_FOUND if there is none; FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_pop(FA_INOUT fa_vector *vector, FA_OUT FA_NULLABLE void *item);

/** @brief Removes the item at @p index and keeps the order of the others. @return FA_OK; FA_ERROR_NOT_FOUND; FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_remove(FA_INOUT fa_vector *vector, size_t index);

/** @brief Removes the item at @p index in constant time: the last one takes its place. @return as fa_vector_remove(). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_remove_swap(FA_INOUT fa_vector *vector, size_t index);

/** @brief Keeps the items for which @p keep is not 0, in their order. @param removed receives how many went; may be NULL. @return FA_OK; FA_ERROR_STALE (FA006); FA_ERROR_INVALID_ARGUMENT. Thread safety: one thread at a time. */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_vector_retain(FA_INOUT fa_vector *vector, fa_item_test keep, FA_NULLABLE void *user,
                           FA_OUT FA_NULLABLE size_t *removed);

/** @brief Index of the first item for which @p wanted is not 0, SIZE_MAX if there is none. Thread safety: one thread at a time. */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
size_t fa_vector_find(const fa_vector *vector, fa_item_test wanted, FA_NULLABLE void *user);

/** @brief Index of the first item with the same bytes as @p item, SIZE_MAX if there is none. Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
size_t fa_vector_index_of(const fa_vector *vector, const void *item);

/** @brief Sorts the items; equal ones keep their order. Takes scratch memory of the frame for the time of the call. @return FA_OK; FA_ERROR_STALE (FA006); FA_ERROR_INVALID_ARGUMENT; or as fa_frame_alloc(), and then nothing is moved. Thread safety: one thread at a time. */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_vector_sort(fa_allocator *a, FA_INOUT fa_vector *vector, fa_item_order order, FA_NULLABLE void *user);

/** @brief Forgets all items. @return FA_OK or FA_ERROR_STALE (FA006). Thread safety: one thread at a time. */
FA_API FA_SINCE(1, 0)
fa_status fa_vector_clear(FA_INOUT fa_vector *vector);

/** @brief Whether the frame of the vector runs, inline. Thread safety: one thread at a time. Since 1.0. */
FA_INLINE int32_t fa_vector_alive(const fa_vector *vector)
{
    return vector->epoch != NULL && *vector->epoch == vector->made_in;
}

/** @brief Place for one more item at the end, NULL as fa_vector_refuse() tells. Thread safety: one thread at a time. Since 1.0. */
FA_INLINE FA_FRAME_LIFETIME void *fa_vector_place(FA_INOUT fa_vector *vector)
{
    if (FA_LIKELY(vector->count < vector->capacity && fa_vector_alive(vector)))
        return (unsigned char *)vector->items + vector->count++ * vector->item_size;
    (void)fa_vector_refuse(vector);
    return NULL;
}

/** @brief The item at an index, NULL with FA_ERROR_NOT_FOUND or FA_ERROR_STALE. Thread safety: one thread at a time. Since 1.0. */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_SINCE(1, 0)
void *fa_vector_miss(const fa_vector *vector);

/** @brief fa_vector_miss() if there is no such item, inline otherwise. Thread safety: one thread at a time. Since 1.0. */
FA_INLINE FA_FRAME_LIFETIME void *fa_vector_at(const fa_vector *vector, size_t index)
{
    if (FA_LIKELY(index < vector->count && fa_vector_alive(vector)))
        return (unsigned char *)vector->items + index * vector->item_size;
    return fa_vector_miss(vector);
}

/** @brief Behind the last item. Thread safety: one thread at a time. Since 1.0. */
FA_INLINE FA_FRAME_LIFETIME void *fa_vector_end(const fa_vector *vector)
{
    return (unsigned char *)vector->items + vector->count * vector->item_size;
}

/** @brief The first item; fa_vector_end() when there is none, or the frame has ended. Thread safety: one thread at a time. Since 1.0. */
FA_INLINE FA_FRAME_LIFETIME void *fa_vector_begin(const fa_vector *vector)
{
    return vector->count != 0 && fa_vector_alive(vector) ? vector->items : fa_vector_end(vector);
}

/** Runs the statement that follows for each item, `type *item` pointing to it; items must not be added or removed
 * meanwhile. Since 1.0. */
#define FA_VECTOR_EACH(type, item, vector)                                \
    for (type *item = (type *)fa_vector_begin(&(vector)->base);           \
         item != (type *)fa_vector_end(&(vector)->base); item++)

/** Defines a vector type @p name of items of @p type, and its functions `name_make`, `name_push`, `name_pop`, `name_at` and
 * so on. Use it where types are declared. Since 1.0. */
#define FA_VECTOR_DEFINE(name, type)                                                                          \
    typedef struct name {                                                                                     \
        fa_vector base;                                                                                       \
    } name;                                                                                                   \
    FA_INLINE fa_status name##_make(name *v, fa_allocator *a, size_t capacity)                                \
    {                                                                                                         \
        return fa_vector_init(&v->base, a, capacity, sizeof(type), FA_ALIGNOF(type));                         \
    }                                                                                                         \
    FA_INLINE size_t name##_count(const name *v) { return v->base.count; }                                    \
    FA_INLINE size_t name##_capacity(const name *v) { return v->base.capacity; }                              \
    FA_INLINE type *name##_items(const name *v) { return (type *)v->base.items; }                             \
    FA_INLINE fa_status name##_push(name *v, type item)                                                       \
    {                                                                                                         \
        type *place = (type *)fa_vector_place(&v->base);                                                      \
        if (place == NULL)                                                                                    \
            return fa_last_status();                                                                          \
        *place = item;                                                                                        \
        return FA_OK;                                                                                         \
    }                                                                                                         \
    FA_INLINE type *name##_add(name *v) { return (type *)fa_vector_place(&v->base); }                         \
    FA_INLINE fa_status name##_extend(name *v, type const *items, size_t count)                               \
    {                                                                                                         \
        return fa_vector_extend(&v->base, items, count);                                                      \
    }                                                                                                         \
    FA_INLINE fa_status name##_insert(name *v, size_t index, type item)                                       \
    {                                                                                                         \
        return fa_vector_insert(&v->base, index, &item);                                                      \
    }                                                                                                         \
    FA_INLINE fa_status name##_pop(name *v, type *item) { return fa_vector_pop(&v->base, item); }             \
    FA_INLINE type *name##_at(const name *v, size_t index) { return (type *)fa_vector_at(&v->base, index); }  \
    FA_INLINE type *name##_last(const name *v) { return name##_at(v, v->base.count - 1); }                    \
    FA_INLINE fa_status name##_remove(name *v, size_t index) { return fa_vector_remove(&v->base, index); }    \
    FA_INLINE fa_status name##_remove_swap(name *v, size_t index)                                             \
    {                                                                                                         \
        return fa_vector_remove_swap(&v->base, index);                                                        \
    }                                                                                                         \
    FA_INLINE fa_status name##_retain(name *v, fa_item_test keep, void *user, size_t *removed)                \
    {                                                                                                         \
        return fa_vector_retain(&v->base, keep, user, removed);                                               \
    }                                                                                                         \
    FA_INLINE size_t name##_find(const name *v, fa_item_test wanted, void *user)                              \
    {                                                                                                         \
        return fa_vector_find(&v->base, wanted, user);                                                        \
    }                                                                                                         \
    FA_INLINE size_t name##_index_of(const name *v, type item) { return fa_vector_index_of(&v->base, &item); } \
    FA_INLINE fa_status name##_sort(name *v, fa_allocator *a, fa_item_order order, void *user)                \
    {                                                                                                         \
        return fa_vector_sort(a, &v->base, order, user);                                                      \
    }                                                                                                         \
    FA_INLINE fa_status name##_clear(name *v) { return fa_vector_clear(&v->base); }                           \
    /* Items [from, to) as a vector that is full; none if they are not all there. */                          \
    FA_INLINE name name##_slice(const name *v, size_t from, size_t to)                                        \
    {                                                                                                         \
        name part = *v;                                                                                       \
        size_t count = from <= to && to <= v->base.count ? to - from : 0;                                     \
        part.base.items = count == 0 ? v->base.items : (void *)((type *)v->base.items + from);                \
        part.base.count = count;                                                                              \
        part.base.capacity = count;                                                                           \
        return part;                                                                                          \
    }

#endif
