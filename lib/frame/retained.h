/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The record of one retained block. */
#ifndef FA_FRAME_RETAINED_H
#define FA_FRAME_RETAINED_H

#include "frame/retain.h"

#include <framealloc/retain.h>

struct fa_retained {
    fa_retained *older; /* of those that are promoted with the same frame */
    void *block;
    size_t size;
    size_t align;
    uint64_t serial;
    fa_tag tag;
    int32_t policy;
    char phase[FA_RETAIN_NAME_MAX + 1];
    char scratch[FA_RETAIN_NAME_MAX + 1];
    char type_name[FA_RETAIN_NAME_MAX + 1];
};

#endif
