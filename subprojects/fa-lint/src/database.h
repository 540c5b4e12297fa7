/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* compile_commands.json: which files there are, and how each is compiled. */
#ifndef FA_LINT_DATABASE_H
#define FA_LINT_DATABASE_H

#include "config.h"

struct unit {
    char *path; /* Absolute. */
    text_list arguments;
};

typedef LIST(struct unit) unit_list;

/* Reads a database, or one in a folder; false with a message. */
bool database_read(unit_list *units, const char *path, char **message);
/* Looks in the current folder, its build folders and the folders above. */
bool is_source(const char *path);
char *database_find(const char *from);
void add_unit(unit_list *units, const char *path, const char *const *arguments, size_t count);
void free_units(unit_list *units);

#endif
