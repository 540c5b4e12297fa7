/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What an allocator is made to do: a trace turned into a list of operations
 * that is as cheap to walk for one allocator as for the other.
 */
#ifndef REPLAY_PROGRAM_H
#define REPLAY_PROGRAM_H

#include "bulk.h"
#include "lifetime.h"
#include "trace.h"

/* Allocations come first. */
enum kind {
    OP_WINDOW,        /* Frame block of default alignment from the window of the frame. */
    OP_WINDOW_ZEROED,
    OP_FRAME,         /* Frame block by fa_frame_alloc. */
    OP_AHEAD,         /* The slot is the number of frames to look ahead. */
    OP_AHEAD_SPECIAL, /* Zeroed, aligned beyond the default, or both. */
    OP_BLOCK,         /* Pool or heap by size; malloc. */
    OP_BLOCK_SPECIAL, /* The same for these; calloc, posix_memalign. */
    OP_LAST_ALLOCATION = OP_BLOCK_SPECIAL,
    OP_RELEASE,       /* fa_release; free. */
    OP_BEGIN,
    OP_BEGIN_WINDOW,  /* A frame that opens a window. */
    OP_END,
    OP_BIND,          /* The slot is the lane. */
    OP_MARK,          /* A frame of the trace is over. */
    OP_STOP,
};

/* size: bytes asked for, at least 1. code: kind in 4 bits, zeroed in 1, log2 of the alignment in 5, slot in 22. */
struct op {
    uint32_t size;
    uint32_t code;
};

#define OP_SLOTS ((uint32_t)1 << 22)

static inline enum kind op_kind(const struct op *op)
{
    return (enum kind)(op->code & 15);
}

static inline int op_zeroed(const struct op *op)
{
    return (op->code >> 4 & 1) != 0;
}

static inline size_t op_align(const struct op *op)
{
    return (size_t)1 << (op->code >> 5 & 31);
}

static inline uint32_t op_slot(const struct op *op)
{
    return op->code >> 10;
}

struct program {
    const char *name;  /* Of the trace. */
    struct bulk ops;   /* struct op, ended by OP_STOP. */
    struct bulk objects; /* uint32_t, the object of each op. */
    size_t timed;      /* Index of the first op after loading; an OP_STOP is before it. */
    uint32_t slots;    /* Places for the pointers of blocks that are released by name. */
    struct bulk leftovers; /* uint32_t, slots still in use at the end. */
    uint32_t lanes;
    uint32_t frames;   /* Of the trace. */
    uint64_t operations; /* Allocations and frees of the trace after loading. */
    uint64_t blocks;   /* Allocations of the whole program. */
};

/* Sends each block where its lifetime asks for, and leaves out the frees that frames make needless. */
void program_for_framealloc(struct program *program, const struct trace *trace, const struct lifetime *lifetimes);

/* Every allocation and every free as it is. */
void program_for_malloc(struct program *program, const struct trace *trace, const struct lifetime *lifetimes);

void program_free(struct program *program);

#endif
