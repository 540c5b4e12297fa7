/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stopping the program at a report. */
#ifndef FA_DIAG_STRICT_H
#define FA_DIAG_STRICT_H

#include "core/allocator.h"

#include <framealloc/diagnostic.h>

/* The level of the environment; one that it does not know is reported, once. */
int32_t fa_strict_from_environment(void);

/* Whether the program is to end at a report of this severity; a may be NULL. */
bool fa_strict_stops(fa_allocator *a, int32_t severity);

_Noreturn void fa_strict_stop(const fa_diagnostic *diagnostic);

#endif
