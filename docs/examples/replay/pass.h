/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One replay of a program, in a child process of its own: each finds the same
 * fresh state, whatever was replayed before.
 */
#ifndef REPLAY_PASS_H
#define REPLAY_PASS_H

#include "program.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum allocator { ALLOCATOR_FRAMEALLOC, ALLOCATOR_MALLOC, ALLOCATORS };

/* What a pass looks at. Only one thing, so that looking does not disturb. */
enum watch {
    WATCH_TOTAL,  /* The time of all frames after loading. */
    WATCH_FRAMES, /* The time of each frame. */
    WATCH_BLOCKS, /* The content of every block. */
    WATCH_MEMORY, /* Memory held and in use at the end of each frame. */
};

/* Bytes in use at the end of a frame, by intent. */
struct memory_sample {
    uint64_t frame;
    uint64_t ahead;
    uint64_t pool;
    uint64_t heap;
};

/* Lives in memory that parent and child share. */
struct pass {
    enum watch watch;
    bool finished;
    atomic_bool after_loading;  /* While frames are replayed. */
    uint64_t total_ns;
    uint64_t blocks_checked;
    uint64_t peak_bytes;        /* 0 if the allocator does not tell. */
    uint64_t *frame_ns;         /* One for each frame after loading. */
    struct memory_sample *samples; /* Likewise. */
};

#define SYSTEM_CALLS_UNKNOWN UINT64_MAX

struct pass *pass_make(uint32_t frames);

/* Replays in a child process. Returns false, with a line on stderr, if that went wrong. */
bool pass_run(struct pass *pass, const struct program *program, enum allocator allocator, enum watch watch);

/* Counts the system calls after loading; SYSTEM_CALLS_UNKNOWN where processes may not be traced. */
uint64_t pass_system_calls(struct pass *pass, const struct program *program, enum allocator allocator);

uint64_t clock_ns(void);

#endif
