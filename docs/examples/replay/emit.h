/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Writing the operations of a program, one after the other. */
#ifndef REPLAY_EMIT_H
#define REPLAY_EMIT_H

#include "program.h"

struct emitter {
    struct program *program;
    const struct trace *trace;
    const struct lifetime *lifetimes;
    struct bulk free_slots;    /* uint32_t, a stack: slots are reused so that the pointers stay in warm memory. */
    uint32_t *slot_of_object;
    uint32_t frame;
};

void emitter_open(struct emitter *emitter, struct program *program, const struct trace *trace,
                  const struct lifetime *lifetimes);
void emitter_close(struct emitter *emitter);

/* An op without a block. */
void emit(struct emitter *emitter, enum kind kind, uint32_t slot);

void emit_allocation(struct emitter *emitter, enum kind kind, uint32_t slot, const struct record *record);

int is_aligned(const struct record *record);

/* Whether the record asks for zeroed memory or for more than the default alignment. */
int is_special(const struct record *record);

/* Allocation into a slot of its own, and the release that gives the slot back. */
void emit_block(struct emitter *emitter, const struct record *record);
void emit_release(struct emitter *emitter, const struct record *record);

#endif
