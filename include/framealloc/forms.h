/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file forms.h
 * @brief Several blocks, whole cache lines or several arrays from one request to the frame.
 *
 * Each function takes all that was asked for or nothing. What they give is
 * frame memory like that of fa_frame_alloc().
 */
#ifndef FRAMEALLOC_FORMS_H
#define FRAMEALLOC_FORMS_H

#include "annotations.h"
#include "frame.h"
#include "status.h"

/**
 * @brief Takes @p count separate blocks of @p size bytes each with one request.
 *
 * Statistics count every block. The blocks lie one after another.
 * @param blocks receives the addresses; left as it was on failure. @param count 0 takes nothing.
 * @param size bytes of each; 0 gives blocks of their own, too. @param align power of two up to FA_ALIGN_MAX, for each of them.
 * @return FA_OK or the errors of fa_frame_alloc(); FA_ERROR_SIZE also when count * size overflows; FA_ERROR_INVALID_ARGUMENT (FA903)
 * for a NULL array. Lifetime: the frame. Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_alloc_batch(fa_allocator *a, FA_OUT FA_ARRAY(count) void **blocks, size_t count, size_t size,
                               size_t align);

/** @brief fa_frame_alloc_batch() of 2 blocks. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_alloc_2(fa_allocator *a, size_t size, size_t align, FA_OUT FA_ARRAY(2) void **blocks);

/** @brief fa_frame_alloc_batch() of 4 blocks. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_alloc_4(fa_allocator *a, size_t size, size_t align, FA_OUT FA_ARRAY(4) void **blocks);

/** @brief fa_frame_alloc_batch() of 8 blocks. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_alloc_8(fa_allocator *a, size_t size, size_t align, FA_OUT FA_ARRAY(8) void **blocks);

/**
 * @brief Takes whole cache lines: the block starts on one, and nothing else shares its last one.
 *
 * For data that different threads write, so that they do not slow each other down.
 * @param size bytes, rounded up to a multiple of FA_CACHE_LINE; 0 gives a line, too.
 * @return as fa_frame_alloc(). Lifetime: the frame. Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc_cache_line(fa_allocator *a, size_t size);

/** @brief Bytes of an array; SIZE_MAX, which every request refuses, when they do not fit. Thread safety: any thread. Since 1.0. */
FA_INLINE size_t fa_bytes_of(size_t count, size_t size)
{
    return size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
}

/** Array of @p count uninitialised objects of @p type on cache lines of its own; does not compile for a type that is
 * aligned to more than a line. Since 1.0. */
#define fa_frame_new_cache_line(a, type, count) \
    ((type *)fa_frame_alloc_cache_line( \
        (a), fa_bytes_of((count), sizeof(type)) * sizeof(char[FA_ALIGNOF(type) <= FA_CACHE_LINE ? 1 : -1])))

/** One array of several that are taken together. Since 1.0. */
typedef struct fa_soa_field {
    size_t size;  /**< Bytes of an element; in. */
    size_t align; /**< Power of two up to FA_ALIGN_MAX; in. */
    void *array;  /**< The array, aligned to 16 at least; out. */
} fa_soa_field;

/**
 * @brief Takes several arrays of @p count elements each with one request: a structure of arrays.
 *
 * Statistics count one block: the arrays come and go together.
 * @param fields what each array holds; receives the addresses, and is left as it was on failure.
 * @param field_count arrays; 0 takes nothing. Arrays without bytes have addresses of their own, too.
 * @return FA_OK or the errors of fa_frame_alloc(); FA_ERROR_SIZE also when the sum of the arrays overflows; FA_ERROR_INVALID_ARGUMENT
 * (FA903) for NULL fields. Lifetime: the frame. Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_alloc_soa(fa_allocator *a, size_t count, FA_INOUT FA_ARRAY(field_count) fa_soa_field *fields,
                             size_t field_count);

#ifdef __GNUC__
/** fa_frame_alloc_soa() into typed pointers: `fa_frame_new_soa(a, count, &xs, &ys, &names)`, up to 8. Each pointer gets its
 * array of @p count elements of what it points to; on failure they are left as they were. Since 1.0. */
#define fa_frame_new_soa(a, count, ...) \
    __extension__({ \
        fa_soa_field fa_soa_fields[] = {FA_SOA_EACH(FA_SOA_DESCRIBE, __VA_ARGS__)}; \
        const fa_soa_field *fa_soa_next = fa_soa_fields; \
        fa_status fa_soa_status = \
            fa_frame_alloc_soa((a), (count), fa_soa_fields, sizeof fa_soa_fields / sizeof *fa_soa_fields); \
        if (fa_soa_status == FA_OK) { \
            FA_SOA_EACH(FA_SOA_STORE, __VA_ARGS__) \
        } \
        (void)fa_soa_next; \
        fa_soa_status; \
    })
/** Step of fa_frame_new_soa(): the field of an array. Since 1.0. */
#define FA_SOA_DESCRIBE(pointer) {sizeof(**(pointer)), __alignof__(**(pointer)), NULL},
/** Step of fa_frame_new_soa(): writes a pointer. Since 1.0. */
#define FA_SOA_STORE(pointer) *(pointer) = (__typeof__(*(pointer)))(fa_soa_next++)->array;
/** FA_SOA_EACH() for 1. Since 1.0. */
#define FA_SOA_1(apply, pointer) apply(pointer)
/** FA_SOA_EACH() for 2. Since 1.0. */
#define FA_SOA_2(apply, pointer, ...) apply(pointer) FA_SOA_1(apply, __VA_ARGS__)
/** FA_SOA_EACH() for 3. Since 1.0. */
#define FA_SOA_3(apply, pointer, ...) apply(pointer) FA_SOA_2(apply, __VA_ARGS__)
/** FA_SOA_EACH() for 4. Since 1.0. */
#define FA_SOA_4(apply, pointer, ...) apply(pointer) FA_SOA_3(apply, __VA_ARGS__)
/** FA_SOA_EACH() for 5. Since 1.0. */
#define FA_SOA_5(apply, pointer, ...) apply(pointer) FA_SOA_4(apply, __VA_ARGS__)
/** FA_SOA_EACH() for 6. Since 1.0. */
#define FA_SOA_6(apply, pointer, ...) apply(pointer) FA_SOA_5(apply, __VA_ARGS__)
/** FA_SOA_EACH() for 7. Since 1.0. */
#define FA_SOA_7(apply, pointer, ...) apply(pointer) FA_SOA_6(apply, __VA_ARGS__)
/** FA_SOA_EACH() for 8. Since 1.0. */
#define FA_SOA_8(apply, pointer, ...) apply(pointer) FA_SOA_7(apply, __VA_ARGS__)
/** Step of fa_frame_new_soa(): the ninth argument. Since 1.0. */
#define FA_SOA_PICK(p1, p2, p3, p4, p5, p6, p7, p8, picked, ...) picked
/** Step of fa_frame_new_soa(): applies a macro to each of 1 to 8 arguments. Since 1.0. */
#define FA_SOA_EACH(apply, ...) \
    FA_SOA_PICK(__VA_ARGS__, FA_SOA_8, FA_SOA_7, FA_SOA_6, FA_SOA_5, FA_SOA_4, FA_SOA_3, FA_SOA_2, FA_SOA_1, 0) \
    (apply, __VA_ARGS__)
#endif

#endif
