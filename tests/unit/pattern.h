/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Seeded random numbers, and fill patterns that betray a block written by somebody else. */
#ifndef TESTS_PATTERN_H
#define TESTS_PATTERN_H

#include "check.h"

#include <stdlib.h>

typedef struct dice {
    uint64_t state;
} dice;

static inline uint64_t dice_next(dice *d)
{
    d->state += 0x9e3779b97f4a7c15u;
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 to limit - 1. */
static inline size_t dice_below(dice *d, size_t limit)
{
    return (size_t)(dice_next(d) % limit);
}

/* Sizes as programs have them: every order of magnitude up to limit equally likely. */
static inline size_t dice_size(dice *d, unsigned bits)
{
    return (size_t)(dice_next(d) & (((uint64_t)1 << dice_below(d, bits + 1)) - 1));
}

/* The seed of FRAMEALLOC_SEED, or one that each run finds again because it is printed. */
static inline uint64_t dice_seed(void)
{
    const char *text = getenv("FRAMEALLOC_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 20240607;
    printf("# FRAMEALLOC_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static inline unsigned char pattern_byte(uint64_t key, size_t index)
{
    return (unsigned char)((key * 0x9e3779b97f4a7c15u >> 56) + index * 7);
}

/* Large blocks are sampled: both ends and one byte per 61. */
static inline size_t pattern_step(size_t index, size_t size)
{
    return index < 64 || index + 64 >= size ? 1 : 61 < size - 64 - index ? 61 : 1;
}

static inline void pattern_fill(void *block, size_t size, uint64_t key)
{
    unsigned char *bytes = block;
    for (size_t i = 0; i < size; i += pattern_step(i, size))
        bytes[i] = pattern_byte(key, i);
}

/* full_size is what it was filled with; the first size bytes are looked at. */
static inline bool pattern_holds(const void *block, size_t size, size_t full_size, uint64_t key)
{
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i += pattern_step(i, full_size)) {
        if (bytes[i] != pattern_byte(key, i))
            return false;
    }
    return true;
}

static inline bool all_bytes(const void *block, size_t size, int value)
{
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)value)
            return false;
    }
    return true;
}

#endif
