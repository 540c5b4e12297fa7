/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ways to show comparisons. */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include "measure.h"

#include <stddef.h>

/* On standard output. */
void print_table(const struct comparison *comparisons, size_t count, unsigned repeats);

/* Complain and return false if the file cannot be written. */
bool write_json(const char *path, const struct comparison *comparisons, size_t count);
bool write_svg(const char *path, const struct comparison *comparisons, size_t count);

#endif
