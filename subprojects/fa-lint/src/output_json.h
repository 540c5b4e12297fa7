/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_OUTPUT_JSON_H
#define FA_LINT_OUTPUT_JSON_H

#include "output.h"

#include <jansson.h>

json_t *json_text(const char *bytes);
/* The byte column behind a place in its line. */
uint32_t end_column(const char *line, const struct place *at);
bool dump_json(json_t *root, FILE *out);

#endif
