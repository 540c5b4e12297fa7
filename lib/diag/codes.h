/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The registry of codes as the library has it. */
#ifndef FA_DIAG_CODES_H
#define FA_DIAG_CODES_H

#include <framealloc/diagnostic.h>

/* Position in the registry, -1 if it has no such code. */
int32_t fa_code_index(int32_t code);

/* What stands there. */
const fa_diagnostic_text *fa_code_text(int32_t index);

#endif
