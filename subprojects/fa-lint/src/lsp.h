/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The Language Server Protocol over standard input and output. */
#ifndef FA_LINT_LSP_H
#define FA_LINT_LSP_H

#include "options.h"

int serve_editor(const struct options *options);

#endif
