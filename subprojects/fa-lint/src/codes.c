/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "codes.h"

#include <string.h>

static const char *const severities[] = {"hint", "warning", "error"};

/* A code that both the analyser and the library raise comes first as the analyser's. */
const struct code *code_by_name(const char *name)
{
    for (size_t i = 0; i < code_count; i++)
        if (strcmp(codes[i].name, name) == 0)
            return &codes[i];
    return NULL;
}

bool is_reported(const char *name)
{
    const struct code *code = code_by_name(name);
    return code != NULL && code->category[0] != 0;
}

int severity_by_name(const char *name)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(severities[i], name) == 0)
            return i;
    return -1;
}

const char *severity_name(int severity)
{
    return severities[severity];
}
