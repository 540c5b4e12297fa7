/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the walk through a function is made of, besides walking. */
#ifndef FA_LINT_EXPLORE_PARTS_H
#define FA_LINT_EXPLORE_PARTS_H

#include "program.h"

/* Before: locals that are still mentioned, and where registers are used. */
void find_live(struct exploration *ex);
void find_registers(struct exploration *ex);
void find_crossing(struct exploration *ex);
bool ends_in_chain(const struct program *program, const struct function *function);

/* At each way out. */
void note_leaving(struct exploration *ex, const struct state *state, struct place at);
void log_result(struct exploration *ex, struct state *state, struct place at);
void check_globals(struct exploration *ex, struct state *state);
void check_shares(struct exploration *ex, struct state *state);
void give_up(struct exploration *ex, struct state *state);
void add_trace(struct exploration *ex, const struct state *state);

/* Afterwards. */
void check_leavings(struct exploration *ex, size_t index);
void forget_traces(struct summary *summary);
void keep_births(struct exploration *ex);

#endif
