/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How long the objects of a trace live, and where a programmer would put them. */
#ifndef REPLAY_LIFETIME_H
#define REPLAY_LIFETIME_H

#include "trace.h"

#define FRAME_NONE UINT32_MAX

/* The first frame of a trace is loading: it runs before the loop, outside any frame. */
#define FRAME_LOADING 0

enum fate {
    FATE_BLOCK, /* Loading, or too long for frames: pool or heap by size, released one by one. */
    FATE_FRAME, /* Dies in the frame it was made in. */
    FATE_AHEAD, /* Dies up to FA_FRAMES_AHEAD_MAX frames later. */
};

struct lifetime {
    uint32_t born; /* Frame; FRAME_NONE if the id is not used. */
    uint32_t died; /* Frame; FRAME_NONE if never. */
    uint32_t maker; /* Thread. */
};

/* One for each object; free with lifetimes_free(). */
struct lifetime *lifetimes_of(const struct trace *trace);
void lifetimes_free(struct lifetime *lifetimes, const struct trace *trace);

enum fate lifetime_fate(const struct lifetime *life);

#endif
