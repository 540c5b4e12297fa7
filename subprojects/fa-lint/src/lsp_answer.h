/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_LSP_ANSWER_H
#define FA_LINT_LSP_ANSWER_H

#include "lsp_project.h"

#include <jansson.h>

/* Sends the diagnostics of a document unless the editor has them. */
void publish(struct document *document);
void publish_nothing(const char *uri);
json_t *code_actions(const struct document *document, const json_t *params);
json_t *hover(const struct document *document, const json_t *params);

#endif
