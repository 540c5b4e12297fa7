/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From a report to a text on stderr or to the sink of the user. */
#ifndef FA_DIAG_EMIT_H
#define FA_DIAG_EMIT_H

#include "core/report.h"

void fa_diag_emit(fa_allocator *a, const fa_report *report);

#endif
