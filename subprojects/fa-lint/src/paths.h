/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Paths as people write them: from the current folder, and with globs. */
#ifndef FA_LINT_PATHS_H
#define FA_LINT_PATHS_H

#include "config.h"

/* The path without the current folder, if it is in there. */
const char *path_from_here(const char *path);
/* What names a file once and for all; NULL if there is none. */
char *real_path(const char *path);
/* Folders above the current one are nobody's business: only the rest of a path is compared, unless a pattern is
 * absolute. */
bool path_matches(const text_list *patterns, const char *path);

#endif
