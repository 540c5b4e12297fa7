/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What an allocator reported lately. */
#ifndef FA_DIAG_RECENT_H
#define FA_DIAG_RECENT_H

#include <framealloc/annotations.h>

typedef struct fa_diag_record {
    int32_t code;
    int32_t severity;
    uint64_t occurrences;
    uint64_t frame;
    uint64_t time_ns;
    char message[96];
    char note[256];
} fa_diag_record;

/* Copies reports, newest first; returns how many. */
size_t fa_diag_recent(fa_allocator *a, fa_diag_record *out, size_t most);

#endif
