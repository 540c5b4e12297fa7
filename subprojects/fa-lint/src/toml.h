/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_TOML_H
#define FA_LINT_TOML_H

#ifdef __cplusplus
extern "C" {
#endif

/* The file as JSON, to be freed with free(); NULL with a message "path:line:column: what". */
char *toml_to_json(const char *path, char **error);

#ifdef __cplusplus
}
#endif

#endif
