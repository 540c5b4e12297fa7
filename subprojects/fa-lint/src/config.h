/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What .fa.toml says. */
#ifndef FA_LINT_CONFIG_H
#define FA_LINT_CONFIG_H

#include "list.h"

typedef LIST(char *) text_list;

struct area {
    char *name;
    text_list paths;
    text_list tags;
    text_list shares; /* Areas whose memory it may release. */
};

struct config {
    int64_t hot_turns;   /* FA602: known turns from which a loop is hot. */
    int64_t hot_nesting; /* FA602: loops within loops. */
    text_list exclude;
    text_list deny;
    text_list allow;
    text_list tags;
    bool has_tags;
    LIST(struct area) areas;
    int min_severity; /* -1: not said. */
    char *baseline;
    bool deny_warnings;
};

/* False, with a message that names the line, if it cannot be understood. */
bool config_read(struct config *config, const char *path, char **message);
void config_default(struct config *config);
void config_free(struct config *config);
bool config_write_new(const char *path, char **message);
const struct area *area_of(const struct config *config, const char *path);
bool matches_any(const text_list *patterns, const char *text);
bool glob_matches(const char *pattern, const char *text);

#endif
