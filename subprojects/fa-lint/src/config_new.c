/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The settings that `fa-lint init` writes. */
#include "config.h"

#include <stdio.h>

static const char template[] = "# Settings of fa-lint.\n\n"
                               "[lint]\n"
                               "exclude = [\"**/third_party/**\", \"**/subprojects/**\"]\n"
                               "deny = []           # codes that are errors\n"
                               "allow = []          # codes that are not reported\n"
                               "min-severity = \"warning\"\n"
                               "deny-warnings = false\n\n"
                               "[hot-loops]\n"
                               "turns = 1000        # a loop with so many turns is hot (FA602)\n"
                               "nesting = 3         # and so is one that deep\n\n"
                               "# [tags]\n"
                               "# known = [\"ai\", \"ai::pathfinding\", \"render\"]     # FA802 names any other\n\n"
                               "# [[module]]\n"
                               "# name = \"ai\"\n"
                               "# paths = [\"src/ai/**\"]\n"
                               "# tags = [\"ai\", \"ai::*\"]                           # FA801\n"
                               "# may-release = [\"core\"]                            # FA803\n";

bool config_write_new(const char *path, char **message)
{
    FILE *file = fopen(path, "wx");
    if (file == NULL) {
        *message = format_text("%s: cannot be made, or is there already", path);
        return false;
    }
    bool written = fputs(template, file) >= 0;
    return fclose(file) == 0 && written;
}
