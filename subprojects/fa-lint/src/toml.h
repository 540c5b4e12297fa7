/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_TOML_H
#define FA_LINT_TOML_H

#ifdef __cplusplus
extern "C" {
#endif

/* The file as JSON, to be freed with free(); NULL with a message "path:line:column: what". */
char *toml_to_json(const char *path, char **error);
/* The line of the value at "table.list[2].key", or of the nearest that is around it; 0 if there is none. */
int toml_line(const char *path, const char *where);

#ifdef __cplusplus
}
#endif

#endif
