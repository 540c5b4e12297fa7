/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Fills every block with a pattern of its own and sees whether it is still there when the block goes. */
#ifndef REPLAY_CHECKER_H
#define REPLAY_CHECKER_H

#include "program.h"

#include <framealloc/framealloc.h>

struct checked_block {
    unsigned char *address;
    uint32_t size;
    uint32_t object;
    uint32_t born; /* Frame. */
};

struct checker {
    const char *trace;
    const char *allocator;
    struct checked_block *slots;              /* Blocks that are released by name. */
    struct bulk rings[FA_FRAMES_AHEAD_MAX + 1]; /* struct checked_block, by the frame they expire with. */
    uint32_t frame;
    uint64_t checked;
};

void checker_open(struct checker *checker, const struct program *program, const char *allocator);
void checker_close(struct checker *checker, const struct program *program);

/* A new block, which must have the alignment and the zeros it was asked for with. */
void checker_made(struct checker *checker, void *block, const struct op *op, uint32_t object);
void checker_released(struct checker *checker, uint32_t slot);

/* The frame is about to end: everything that expires with it must be whole. */
void checker_frame_ends(struct checker *checker);
void checker_frame_over(struct checker *checker);

/* What would have expired with later frames. */
void checker_recording_ends(struct checker *checker);

#endif
