/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_OUTPUT_H
#define FA_LINT_OUTPUT_H

#include "finding.h"
#include "options.h"

#include <stdio.h>

bool write_findings(const finding_list *findings, enum format format, FILE *out, bool color);

bool write_human(const finding_list *findings, FILE *out, bool color);
bool write_compact(const finding_list *findings, FILE *out);
bool write_json(const finding_list *findings, FILE *out);
bool write_sarif(const finding_list *findings, FILE *out);
bool write_junit(const finding_list *findings, FILE *out);
bool write_checkstyle(const finding_list *findings, FILE *out);

#endif
