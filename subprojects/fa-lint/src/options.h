/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_OPTIONS_H
#define FA_LINT_OPTIONS_H

#include "config.h"

enum format { FORMAT_HUMAN, FORMAT_COMPACT, FORMAT_JSON, FORMAT_SARIF, FORMAT_JUNIT, FORMAT_CHECKSTYLE };

struct options {
    const char *command;
    const char *subject; /* Of explain and show. */
    enum format format;
    const char *database;
    const char *config;
    const char *output;
    const char *baseline;
    const char *write_baseline;
    const char *cache;
    text_list files;
    text_list compiler; /* What follows `--`. */
    text_list deny;
    text_list allow;
    text_list exclude;
    text_list categories;
    int min_severity;
    int jobs;
    int color; /* -1 when on a terminal. */
    bool deny_warnings;
    bool fail_fast;
    bool fix;
    bool no_cache;
    bool quiet;
    bool figures;
};

/* 0 to go on; else the exit status + 1. */
int options_read(struct options *options, int count, char **words);
void options_free(struct options *options);

#endif
