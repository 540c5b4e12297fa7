/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reports as text on stderr. */
#ifndef FA_DIAG_OUTPUT_H
#define FA_DIAG_OUTPUT_H

#include <framealloc/diagnostic.h>

/* color: FA_COLOR_*. */
void fa_output_write(const fa_diagnostic *diagnostic, int32_t color);

#endif
