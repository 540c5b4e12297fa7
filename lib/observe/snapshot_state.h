/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What snapshots keep in an allocator. */
#ifndef FA_OBSERVE_SNAPSHOT_STATE_H
#define FA_OBSERVE_SNAPSHOT_STATE_H

#include "base/counter.h"

#include <stddef.h>

typedef struct fa_snapshot_settings fa_snapshot_settings;

enum { FA_SNAPSHOT_CAUSES = 192 };

typedef struct fa_snapshot_shared {
    _Atomic(void *) writer;         /* whoever has what follows in hand: a thread, NULL for nobody */
    fa_snapshot_settings *settings; /* NULL while snapshots are off */
    char *text;
    size_t text_size;
    uint64_t last_stamp;            /* microseconds in the name of the last file */
    uint64_t earliest;              /* nanoseconds: none is written before */
    uint64_t due;                   /* likewise: the next automatic one */
    uint64_t look;                  /* likewise: when to look for requests again */
    uint64_t warned[FA_SNAPSHOT_CAUSES / 64]; /* a bit for each errno that was reported */
    _Atomic uint64_t wake;          /* nanoseconds: until then frames have nothing to do; UINT64_MAX while off */
    fa_counter wanted;              /* one is asked for if this is the turn that they are on by */
    fa_counter on;                  /* the turn in which they were switched on or changed last, 0 while they are off */
    fa_counter turns;               /* times that they were configured */
    fa_counter written;
    fa_counter requested;
    fa_counter skipped;
    fa_counter failed;
    fa_counter removed;
    fa_counter total_ns;
    fa_counter longest_ns;
    fa_counter last_bytes;
    fa_counter largest_bytes;
    _Atomic int32_t last_error;
} fa_snapshot_shared;

#endif
