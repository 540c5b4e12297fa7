/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A call that is looked at, and what its parts are told by. */
#ifndef FA_LINT_CALLING_H
#define FA_LINT_CALLING_H

#include "program.h"

enum { MOST_ARGUMENTS = 32 };

struct calling {
    struct exploration *ex;
    struct path *path;
    struct state *state;
    const struct op *op;
    const struct model *model;
    struct value args[MOST_ARGUMENTS];
    int32_t count;
};

void give_result(const struct calling *call, struct value value);
void give_block(const struct calling *call, enum object object, struct value owned_by);
void apply_to(const struct calling *call, enum event_kind kind, struct value value, uint8_t detail);
struct event event_of(const struct calling *call, enum event_kind kind, struct value value);

struct value argument(const struct calling *call, int index);
struct value owner(const struct calling *call);
struct value subject(const struct calling *call);
struct value field_of(const struct calling *call, struct value address, const char *field);

void give_retained_alloc(const struct calling *call);
void give_important_alloc(const struct calling *call);
void call_retain(const struct calling *call);
void give_frame_out(const struct calling *call);
void give_alloc_ahead(const struct calling *call);
void give_intent_alloc(const struct calling *call);
void give_window_alloc(const struct calling *call);
void give_scratch_mark(const struct calling *call);
void give_window_open(const struct calling *call);
void call_resize(const struct calling *call);
void give_transfer_alloc(const struct calling *call);
void call_through(const struct calling *call, enum object object);

void apply_marks(struct calling *call, const struct function *callee);
void call_unseen(const struct calling *call, const struct function *callee);

#endif
