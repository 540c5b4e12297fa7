/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_EXPLAIN_H
#define FA_LINT_EXPLAIN_H

#include <stdbool.h>

/* Print what is known of one code, and a line for each. */
bool explain_code(const char *name);
bool list_codes(void);

#endif
