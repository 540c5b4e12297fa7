/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Messages, URIs and positions of the Language Server Protocol. */
#ifndef FA_LINT_LSP_TEXT_H
#define FA_LINT_LSP_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reception { RECEIVED_MESSAGE, RECEIVED_NONSENSE, RECEIVED_END };

void begin_messages(void);
bool message_waits(void);
enum reception receive_message(json_t **message);
/* Takes the message over. */
void send_message(json_t *message);
/* Of what keeps the server from its work. */
void show_message(const char *text);

char *path_of_uri(const char *uri);
char *uri_of_path(const char *path);

/* Positions count lines from 0 and characters in UTF-16 units; ours count lines and bytes from 1. */
json_t *range_json(const char *text, uint32_t line, uint32_t column, uint32_t width);
json_t *range_of_offsets(const char *text, size_t begin, size_t end);
size_t offset_of_line(const char *text, uint32_t line);

#endif
