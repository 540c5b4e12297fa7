/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *path_from_here(const char *path)
{
    static char here[PATH_MAX];
    if (here[0] == 0 && getcwd(here, sizeof here) == NULL)
        return path;
    size_t length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

char *real_path(const char *path)
{
    char resolved[PATH_MAX];
    return realpath(path, resolved) != NULL ? copy_text(resolved) : NULL;
}

bool path_matches(const text_list *patterns, const char *path)
{
    const char *rest = path_from_here(path);
    for (size_t i = 0; i < patterns->count; i++)
        if (glob_matches(patterns->items[i], patterns->items[i][0] == '/' ? path : rest))
            return true;
    return false;
}
