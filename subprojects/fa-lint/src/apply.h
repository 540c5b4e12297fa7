/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What each kind of event does to a state. */
#ifndef FA_LINT_APPLY_H
#define FA_LINT_APPLY_H

#include "explore.h"

bool is_frame_kind(uint8_t object);
bool is_moved_away(const struct state *state, const struct symbol *symbol);
const char *name_of_object(enum object object);
void note_inside(struct exploration *ex, struct finding *finding, struct place at);

void apply_begin(struct exploration *ex, struct state *state, struct event event);
void apply_end(struct exploration *ex, struct state *state, struct event event);
void apply_rollback(struct exploration *ex, struct state *state, struct event event);
void apply_token(struct state *state, struct event event, struct place at);
void apply_window(struct exploration *ex, struct state *state, struct event event);
void apply_suspend(struct exploration *ex, struct state *state, struct event event);
void apply_retain(struct state *state, struct event event);
void apply_release(struct exploration *ex, struct state *state, struct event event);
void apply_move(struct exploration *ex, struct state *state, struct event event);
void apply_scratch_close(struct exploration *ex, struct state *state, struct event event);
void apply_end_owned(struct exploration *ex, struct state *state, struct event event);

#endif
