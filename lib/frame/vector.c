/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/vector.h>

#include "core/call.h"
#include "core/report.h"
#include "frame/frame.h"

#include <string.h>

fa_status fa_vector_init(fa_vector *vector, fa_allocator *a, size_t capacity, size_t item_size, size_t align)
{
    FA_ENTER(a);
    if (vector == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the vector to make is NULL");
    *vector = (fa_vector)FA_VECTOR_INIT;
    size_t bytes = item_size == 0 ? SIZE_MAX : fa_array_bytes(capacity, item_size);
    void *items = fa_frame_alloc(a, bytes, align);
    if (items == NULL)
        return fa_last_status();
    const uint64_t *epoch = fa_frame_epoch(a);
    *vector = (fa_vector){items, 0, capacity, item_size, epoch, *epoch, a};
    return FA_OK;
}

fa_status fa_vector_check(const fa_vector *vector)
{
    if (vector == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the vector is NULL");
    if (fa_likely(fa_vector_alive(vector)))
        return FA_OK;
    return fa_refuse(vector->allocator, FA_CODE_STALE, FA_ERROR_STALE, "the frame of the vector has ended, or it was never made");
}

fa_status fa_vector_refuse(const fa_vector *vector)
{
    fa_status status = fa_vector_check(vector);
    return status != FA_OK ? status : fa_fail(FA_ERROR_FULL);
}

void *fa_vector_miss(const fa_vector *vector)
{
    if (fa_vector_check(vector) == FA_OK)
        (void)fa_fail(FA_ERROR_NOT_FOUND);
    return NULL;
}

static unsigned char *item_at(const fa_vector *vector, size_t index)
{
    return (unsigned char *)vector->items + index * vector->item_size;
}

fa_status fa_vector_extend(fa_vector *vector, const void *items, size_t count)
{
    fa_status status = fa_vector_check(vector);
    if (status != FA_OK || count == 0)
        return status;
    if (items == NULL)
        return fa_refuse(vector->allocator, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the items to append are NULL");
    if (count > vector->capacity - vector->count)
        return fa_fail(FA_ERROR_FULL);
    memmove(item_at(vector, vector->count), items, count * vector->item_size);
    vector->count += count;
    return FA_OK;
}

fa_status fa_vector_insert(fa_vector *vector, size_t index, const void *item)
{
    fa_status status = fa_vector_check(vector);
    if (status != FA_OK)
        return status;
    if (item == NULL)
        return fa_refuse(vector->allocator, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the item to insert is NULL");
    if (index > vector->count)
        return fa_fail(FA_ERROR_NOT_FOUND);
    if (vector->count == vector->capacity)
        return fa_fail(FA_ERROR_FULL);
    /* An item of the vector itself may be among those that move up. */
    uintptr_t address = (uintptr_t)item;
    bool moves = address >= (uintptr_t)item_at(vector, index) && address < (uintptr_t)item_at(vector, vector->count);
    memmove(item_at(vector, index + 1), item_at(vector, index), (vector->count - index) * vector->item_size);
    memcpy(item_at(vector, index), (const unsigned char *)item + (moves ? vector->item_size : 0), vector->item_size);
    vector->count++;
    return FA_OK;
}

/* FA_OK if the item is there. */
static fa_status check_index(const fa_vector *vector, size_t index)
{
    fa_status status = fa_vector_check(vector);
    if (status != FA_OK)
        return status;
    return index < vector->count ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

fa_status fa_vector_pop(fa_vector *vector, void *item)
{
    fa_status status = check_index(vector, vector == NULL ? 0 : vector->count - 1);
    if (status != FA_OK)
        return status;
    vector->count--;
    if (item != NULL)
        memcpy(item, item_at(vector, vector->count), vector->item_size);
    return FA_OK;
}

fa_status fa_vector_remove(fa_vector *vector, size_t index)
{
    fa_status status = check_index(vector, index);
    if (status != FA_OK)
        return status;
    vector->count--;
    memmove(item_at(vector, index), item_at(vector, index + 1), (vector->count - index) * vector->item_size);
    return FA_OK;
}

fa_status fa_vector_remove_swap(fa_vector *vector, size_t index)
{
    fa_status status = check_index(vector, index);
    if (status != FA_OK)
        return status;
    vector->count--;
    if (index != vector->count)
        memcpy(item_at(vector, index), item_at(vector, vector->count), vector->item_size);
    return FA_OK;
}

static fa_status check_function(const fa_vector *vector, bool given)
{
    fa_status status = fa_vector_check(vector);
    if (status != FA_OK || given)
        return status;
    return fa_refuse(vector->allocator, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the function is NULL");
}

fa_status fa_vector_retain(fa_vector *vector, fa_item_test keep, void *user, size_t *removed)
{
    fa_status status = check_function(vector, keep != NULL);
    if (status != FA_OK)
        return status;
    size_t kept = 0;
    for (size_t i = 0; i < vector->count; i++) {
        if (!keep(user, item_at(vector, i)))
            continue;
        if (kept != i)
            memcpy(item_at(vector, kept), item_at(vector, i), vector->item_size);
        kept++;
    }
    if (removed != NULL)
        *removed = vector->count - kept;
    vector->count = kept;
    return FA_OK;
}

size_t fa_vector_find(const fa_vector *vector, fa_item_test wanted, void *user)
{
    if (check_function(vector, wanted != NULL) != FA_OK)
        return SIZE_MAX;
    for (size_t i = 0; i < vector->count; i++) {
        if (wanted(user, item_at(vector, i)))
            return i;
    }
    return SIZE_MAX;
}

size_t fa_vector_index_of(const fa_vector *vector, const void *item)
{
    if (check_function(vector, item != NULL) != FA_OK)
        return SIZE_MAX;
    for (size_t i = 0; i < vector->count; i++) {
        if (memcmp(item_at(vector, i), item, vector->item_size) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* Merges the sorted runs [from, middle) and [middle, end) of one array into another. */
static void merge(const fa_vector *in, unsigned char *out, size_t from, size_t middle, size_t end, fa_item_order order,
                  void *user)
{
    size_t left = from;
    size_t right = middle;
    for (size_t i = from; i < end; i++) {
        bool take_left = left < middle && (right == end || order(user, item_at(in, left), item_at(in, right)) <= 0);
        memcpy(out + i * in->item_size, item_at(in, take_left ? left : right), in->item_size);
        left += take_left;
        right += !take_left;
    }
}

/* Merge sort from below: what one pass writes, the next one reads. */
static void sort(const fa_vector *vector, unsigned char *scratch, fa_item_order order, void *user)
{
    fa_vector from = *vector;
    unsigned char *to = scratch;
    for (size_t run = 1; run < vector->count; run *= 2) {
        for (size_t at = 0; at < vector->count; at += 2 * run)
            merge(&from, to, at, fa_min(at + run, vector->count), fa_min(at + 2 * run, vector->count), order, user);
        unsigned char *sorted = to;
        to = from.items;
        from.items = sorted;
    }
    if (from.items != vector->items)
        memcpy(vector->items, from.items, vector->count * vector->item_size);
}

/* The strictest alignment that every item has, up to a page. */
static size_t alignment_of(const fa_vector *vector)
{
    size_t bits = (uintptr_t)vector->items | vector->item_size | 4096;
    return bits & (~bits + 1);
}

fa_status fa_vector_sort(fa_allocator *a, fa_vector *vector, fa_item_order order, void *user)
{
    FA_ENTER(a);
    fa_status status = check_function(vector, order != NULL);
    if (status != FA_OK || vector->count < 2)
        return status;
    size_t bytes = vector->count * vector->item_size;
    unsigned char *scratch = fa_frame_alloc(a, bytes, alignment_of(vector));
    if (scratch == NULL)
        return fa_last_status();
    sort(vector, scratch, order, user);
    (void)fa_frame_give_back(a, scratch, bytes);
    return FA_OK;
}

fa_status fa_vector_clear(fa_vector *vector)
{
    fa_status status = fa_vector_check(vector);
    if (status == FA_OK)
        vector->count = 0;
    return status;
}
