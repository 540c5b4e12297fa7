/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What an allocator wants to be told of beyond what its fast paths do. A lane has its own copy, which decides where its
 * fast paths give way; it follows at the lane's next call. */
#ifndef FA_CORE_WATCH_H
#define FA_CORE_WATCH_H

#include "core/allocator.h"

enum {
    FA_WATCH_FRAMES = 1,      /* begins and ends */
    FA_WATCH_ARENAS = 2,      /* blocks from frames and scratch */
    FA_WATCH_BLOCKS = 4,      /* blocks from pools and heap */
    FA_WATCH_RELEASES = 8,
    FA_WATCH_ARRIVALS = 16,    /* blocks that were taken in */
    FA_WATCH_FRAME_TIMES = 32, /* durations */
    FA_WATCH_INBOX = 64,       /* each allocation from pages looks for blocks that came home */
    FA_WATCH_DEBUG = 128,      /* debug mode: what is in arenas is looked at when it goes */
    FA_WATCH_DISCARDS = 256,   /* memory of many blocks that goes at once */
    FA_WATCH_ZONES = 512,      /* phases and tag scopes */
    FA_WATCH_MARKS = 1024      /* begins and ends of frames are told as events */
};

/* Replaces what one watcher wants, unless it has said so in a later turn. Calls that begin after this are watched. */
void fa_watch(fa_allocator *a, fa_watcher watcher, uint32_t wanted, uint64_t turn);

/* Has a lane of the calling thread follow. */
void fa_watch_follow(fa_lane *lane);

#endif
