/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The command line. */
#ifndef REPLAY_OPTIONS_H
#define REPLAY_OPTIONS_H

#include "measure.h"

struct options {
    struct measure_options measure;
    const char *json; /* File to write, NULL for none. */
    const char *svg;
    char **traces;
    size_t trace_count;
};

/* Ends the program for --help and for wrong usage. */
struct options options_parse(int argc, char **argv);

#endif
