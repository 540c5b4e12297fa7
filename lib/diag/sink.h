/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sink of the program, and how reports are delivered. */
#ifndef FA_DIAG_SINK_H
#define FA_DIAG_SINK_H

#include "core/allocator.h"

/* Reads the configuration; whether there is a sink. */
bool fa_sink_read(fa_allocator *a, fa_diagnostic_config *config);

/* Calls the sink, if it is still there. */
void fa_sink_call(fa_allocator *a, const fa_diagnostic *diagnostic);

/* In the child of a fork, locked: only this thread goes on. */
void fa_sink_forked(fa_allocator *a);

#endif
