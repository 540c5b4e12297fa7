/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/forms.h>

#include "core/call.h"
#include "core/report.h"
#include "core/tell.h"
#include "frame/frame.h"

/* Blocks of one request lie this far apart, so that each is aligned. */
static size_t stride_of(size_t size, size_t align)
{
    return fa_round_up(size, fa_max(align, FA_GRAIN));
}

FA_ALWAYS_INLINE void lay_out(unsigned char *first, size_t stride, size_t count, void **blocks)
{
    for (size_t i = 0; i < count; i++)
        blocks[i] = first + i * stride;
}

static fa_status take_checked(fa_lane *lane, size_t count, size_t size, size_t align, void **blocks)
{
    size_t stride = stride_of(size, align);
    size_t bytes = fa_array_bytes(count, stride);
    fa_status status = fa_request_check(&bytes, align);
    uint64_t overflows = lane->frame.overflow_serial;
    void *first = status == FA_OK ? fa_frame_take_block(lane, 0, bytes, align, &status) : NULL;
    if (first == NULL)
        return status;
    /* What a budget sent to the heap is one block there. */
    if (fa_arena_holds(&lane->frame.arena, (const unsigned char *)first + bytes))
        fa_arena_count(&lane->frame.arena, count - 1);
    lay_out(first, stride, count, blocks);
    (void)fa_frame_told(lane, overflows, first, bytes);
    return FA_OK;
}

static FA_NOINLINE fa_status batch_slow(fa_allocator *a, size_t count, size_t size, size_t align, void **blocks)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (count == 0)
        return FA_OK;
    if (blocks == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the array for the blocks is NULL");
    size_t wanted = fa_array_bytes(count, size);
    fa_status status = fa_request_check(&size, align);
    if (status == FA_OK)
        status = take_checked(lane, count, size, align, blocks);
    return status == FA_OK ? FA_OK : fa_refuse_memory(a, status, wanted, align, false);
}

fa_status fa_frame_alloc_batch(fa_allocator *a, void **blocks, size_t count, size_t size, size_t align)
{
    return batch_slow(a, count, size, align, blocks);
}

/* With a constant count, and small enough for products not to overflow. */
FA_ALWAYS_INLINE fa_status take_few(fa_allocator *a, size_t count, size_t size, size_t align, void **blocks)
{
    size_t stride = fa_round_up(size, FA_GRAIN);
    fa_lane *lane = fa_call_brief(a);
    unsigned char *first = NULL;
    if (fa_likely(lane != NULL && blocks != NULL && size - 1 < (size_t)1 << 32))
        first = fa_arena_bump_blocks(&lane->frame.arena, count * stride, align, count);
    fa_call_brief_end();
    if (fa_unlikely(first == NULL))
        return batch_slow(a, count, size, align, blocks);
    lay_out(first, stride, count, blocks);
    return FA_OK;
}

fa_status fa_frame_alloc_2(fa_allocator *a, size_t size, size_t align, void **blocks)
{
    return take_few(a, 2, size, align, blocks);
}

fa_status fa_frame_alloc_4(fa_allocator *a, size_t size, size_t align, void **blocks)
{
    return take_few(a, 4, size, align, blocks);
}

fa_status fa_frame_alloc_8(fa_allocator *a, size_t size, size_t align, void **blocks)
{
    return take_few(a, 8, size, align, blocks);
}

void *fa_frame_alloc_cache_line(fa_allocator *a, size_t size)
{
    FA_ENTER(a);
    size_t lines = size > SIZE_MAX - FA_CACHE_LINE ? size : fa_round_up(fa_max(size, 1), FA_CACHE_LINE);
    return fa_frame_alloc(a, lines, FA_CACHE_LINE);
}

/* Where the field's array starts if the arrays before it take *end bytes, which then include it. */
static size_t place(const fa_soa_field *field, size_t count, size_t *end)
{
    size_t start = stride_of(*end, field->align);
    *end = start + fa_max(fa_array_bytes(count, field->size), 1);
    return start;
}

/* Bytes and alignment of all arrays. No sum overflows: what is added up stays below PTRDIFF_MAX. */
static fa_status measure(size_t count, const fa_soa_field *fields, size_t field_count, size_t *bytes, size_t *align)
{
    fa_status status = FA_OK;
    *bytes = 0;
    *align = FA_GRAIN;
    for (size_t i = 0; i < field_count && status == FA_OK; i++) {
        size_t array = fa_array_bytes(count, fields[i].size);
        status = fa_request_check(&array, fields[i].align);
        if (status != FA_OK)
            break;
        (void)place(&fields[i], count, bytes);
        *align = fa_max(*align, fields[i].align);
        status = fa_request_check(bytes, *align);
    }
    return status;
}

static fa_status take_arrays(fa_lane *lane, size_t count, fa_soa_field *fields, size_t field_count)
{
    size_t bytes;
    size_t align;
    fa_status status = measure(count, fields, field_count, &bytes, &align);
    uint64_t overflows = lane->frame.overflow_serial;
    unsigned char *block = status == FA_OK ? fa_frame_take_block(lane, 0, bytes, align, &status) : NULL;
    if (block == NULL)
        return fa_refuse_memory(lane->allocator, status, bytes, align, false);
    size_t end = 0;
    for (size_t i = 0; i < field_count; i++)
        fields[i].array = block + place(&fields[i], count, &end);
    (void)fa_frame_told(lane, overflows, block, bytes);
    return FA_OK;
}

static FA_NOINLINE fa_status soa_slow(fa_allocator *a, size_t count, fa_soa_field *fields, size_t field_count)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (field_count == 0)
        return FA_OK;
    if (fields == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the fields are NULL");
    return take_arrays(lane, count, fields, field_count);
}

/* Bytes of an array that ends on a grain, of a small count and size. */
FA_ALWAYS_INLINE size_t small_array_bytes(size_t count, size_t size)
{
    size_t bytes = count * size;
    return ((bytes - (bytes != 0)) | (FA_GRAIN - 1)) + 1;
}

/* Bytes of arrays that are all aligned to 16 at most and so small that nothing overflows; else 0. */
FA_ALWAYS_INLINE size_t small_arrays_bytes(size_t count, const fa_soa_field *fields, size_t field_count)
{
    size_t bytes = 0;
    size_t unusual = count >> 31 | field_count >> 8;
    for (size_t i = 0; unusual == 0 && i < field_count; i++) {
        size_t align = fields[i].align;
        unusual = fields[i].size >> 20 | (align - 1) / FA_GRAIN | (align & (align - 1));
        bytes += small_array_bytes(count, fields[i].size);
    }
    return unusual == 0 ? bytes : 0;
}

fa_status fa_frame_alloc_soa(fa_allocator *a, size_t count, fa_soa_field *fields, size_t field_count)
{
    size_t bytes = fields == NULL ? 0 : small_arrays_bytes(count, fields, field_count);
    fa_lane *lane = fa_call_brief(a);
    unsigned char *array = fa_likely(lane != NULL) ? fa_arena_bump(&lane->frame.arena, bytes, FA_GRAIN) : NULL;
    fa_call_brief_end();
    if (fa_unlikely(array == NULL))
        return soa_slow(a, count, fields, field_count);
    for (size_t i = 0; i < field_count; i++) {
        fields[i].array = array;
        array += small_array_bytes(count, fields[i].size);
    }
    return FA_OK;
}
