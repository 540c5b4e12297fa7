/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From a report to what the program sees of it. */
#ifndef FA_DIAG_EMIT_H
#define FA_DIAG_EMIT_H

#include "core/report.h"

#include <framealloc/raise.h>

void fa_diag_emit(fa_allocator *a, const fa_report *report);

/* A checked message of the program. */
void fa_diag_emit_message(fa_allocator *a, const fa_message *message);

#endif
