/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Powers of two, rounding, and arithmetic that notices overflow. */
#ifndef FA_BASE_BITS_H
#define FA_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool fa_is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static inline uintptr_t fa_round_up(uintptr_t value, size_t power_of_two)
{
    return (value + (power_of_two - 1)) & ~((uintptr_t)power_of_two - 1);
}

static inline uintptr_t fa_round_down(uintptr_t value, size_t power_of_two)
{
    return value & ~((uintptr_t)power_of_two - 1);
}

/* Bits needed to write value down; 0 for 0. */
static inline unsigned fa_bit_width(size_t value)
{
    return value == 0 ? 0 : 64u - (unsigned)__builtin_clzl(value);
}

/* False when the sum does not fit. */
static inline bool fa_add(size_t a, size_t b, size_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

/* Bytes of an array; SIZE_MAX, which every request refuses, when they do not fit. */
static inline size_t fa_array_bytes(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t fa_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t fa_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
