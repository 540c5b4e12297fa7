/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The registry of codes, made from codes.toml when the program is built. */
#ifndef FA_LINT_CODES_H
#define FA_LINT_CODES_H

#include <stdbool.h>
#include <stddef.h>

enum severity { SEVERITY_HINT, SEVERITY_WARNING, SEVERITY_ERROR };

struct code {
    const char *name;
    int severity;
    const char *category; /* Empty for codes that only the library raises at run time. */
    const char *title;
    const char *help;
    const char *explain;
};

extern const struct code codes[];
extern const size_t code_count;

const struct code *code_by_name(const char *name);
/* False for codes that only the library raises, and for what is no code. */
bool is_reported(const char *name);
int severity_by_name(const char *name);
const char *severity_name(int severity);

#endif
