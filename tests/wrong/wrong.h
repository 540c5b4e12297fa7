/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Programs that misuse memory on purpose. Each ends well if nothing stops it; what finds the mistake has to name it. */
#ifndef TESTS_WRONG_H
#define TESTS_WRONG_H

#include <framealloc/framealloc.h>
#include <stdio.h>

static fa_allocator *a;

/* Keeps the compiler from seeing what it would warn of, and from leaving a write out. */
static inline void write_byte(void *block, ptrdiff_t offset)
{
    volatile unsigned char *volatile bytes = block;
    bytes[offset] = 1;
}

static inline unsigned char *hidden(void *block)
{
    void *volatile copy = block;
    return copy;
}

static inline void make_allocator(void)
{
    fa_config config = FA_CONFIG_INIT;
    /* Of memory from malloc(), Valgrind would say which part of that it is, and not which block. */
    config.backend_kind = FA_BACKEND_MMAP;
    a = fa_allocator_create(&config);
    if (a == NULL)
        fprintf(stderr, "no allocator\n");
}

#endif
