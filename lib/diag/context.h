/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a report is made. */
#ifndef FA_DIAG_CONTEXT_H
#define FA_DIAG_CONTEXT_H

#include "core/allocator.h"

/* a may be NULL: then it is about the thread alone. */
void fa_context_capture(fa_allocator *a, fa_diagnostic_context *out);

/* As in: under tag ai::paths in phase "search" on thread "worker", in frame 3. */
void fa_context_describe(const fa_diagnostic_context *context, char *buffer, size_t size);

#endif
