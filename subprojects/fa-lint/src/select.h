/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which findings are reported: categories, severities, silenced places, the baseline. */
#ifndef FA_LINT_SELECT_H
#define FA_LINT_SELECT_H

#include "options.h"
#include "paths.h"
#include "program.h"

/* Removes what is not to be reported and sets severities. */
void select_findings(struct program *program, const struct options *options, const struct config *config);
bool is_failure(const struct finding *finding, const struct options *options, const struct config *config);
/* Removes what comes behind the first failure. */
void stop_at_failure(finding_list *findings, const struct options *options, const struct config *config);

bool is_silenced(const struct program *program, const struct finding *finding);
/* Says on standard error which codes in comments and annotations are none. */
void check_silenced_codes(const struct module *module);

bool baseline_apply(finding_list *findings, const char *path, char **message);
bool baseline_write(const finding_list *findings, const char *path);
/* The same for the same mistake in the same line of text, wherever that has moved. */
uint64_t fingerprint(const struct finding *finding);

/* Makes the edits of the findings that have one, and marks these; returns how many. */
size_t fix_files(finding_list *findings);

/* A path as a reader in this folder would write it. */
const char *short_path(int32_t file);
/* What is in an editor stands for what is on disk, until all texts are forgotten. */
void let_stand_in(int32_t file, const char *text);
void forget_texts(void);
/* Line n of a file without its end, or "". */
char *line_of(int32_t file, uint32_t line);

#endif
