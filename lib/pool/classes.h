/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Size classes of pages. Pools have powers of two; the heap has the same again, tracked, and
 * larger ones that cut a page into 13 down to 3 blocks. Each has a twin whose pages remember the tag of every block. */
#ifndef FA_POOL_CLASSES_H
#define FA_POOL_CLASSES_H

#include "base/bits.h"

#include <framealloc/annotations.h>

enum {
    FA_POOL_CLASSES = 10,                                      /* 8 B to 4 KiB */
    FA_HEAP_SMALL_CLASS = FA_POOL_CLASSES,                     /* first tracked power of two */
    FA_HEAP_MEDIUM_CLASS = FA_HEAP_SMALL_CLASS + 10,           /* first class above 4 KiB */
    FA_PLAIN_CLASSES = FA_HEAP_MEDIUM_CLASS + 8,
    FA_CLASSES = 2 * FA_PLAIN_CLASSES,
};

/* Bytes of a page in front of its blocks, for classes above 4 KiB. */
#define FA_PAGE_MEDIUM_HEADER 256

extern const uint32_t fa_plain_class_sizes[FA_PLAIN_CLASSES];

static inline bool fa_class_is_tagged(unsigned index)
{
    return index >= FA_PLAIN_CLASSES;
}

static inline unsigned fa_class_plain(unsigned index)
{
    return fa_class_is_tagged(index) ? index - FA_PLAIN_CLASSES : index;
}

static inline uint32_t fa_class_size(unsigned index)
{
    return fa_plain_class_sizes[fa_class_plain(index)];
}

/* Largest block and strictest alignment that pages serve the heap with above 4 KiB. */
#define FA_HEAP_MEDIUM_MAX ((size_t)21760)
#define FA_HEAP_MEDIUM_ALIGN ((size_t)64)

/* Class of a request with span = (size - 1) | (align - 1) below 4096. */
static inline unsigned fa_pool_class(size_t span)
{
    return fa_bit_width(span | 7) - 3;
}

static inline bool fa_class_is_heap(unsigned index)
{
    return fa_class_plain(index) >= FA_HEAP_SMALL_CLASS;
}

#endif
