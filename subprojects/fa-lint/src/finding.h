/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_LINT_FINDING_H
#define FA_LINT_FINDING_H

#include "ir.h"

struct note {
    struct place at;
    int32_t text;
};

/* An edit that mends the finding: [begin, end) of the file becomes text. */
struct fix {
    int32_t file;
    uint32_t begin;
    uint32_t end;
    int32_t text;
    int32_t title;
};

struct finding {
    int32_t code;
    struct place at;
    int32_t message;
    int32_t function;
    int32_t allow; /* Of the function it is in. */
    uint8_t severity;
    bool mended;
    LIST(struct note) notes;
    struct fix fix;
};

typedef LIST(struct finding) finding_list;

/* Adds a finding unless there is one of the same code at the same place. */
struct finding *add_finding(finding_list *findings, const char *code, struct place at, const char *message);
void add_note(struct finding *finding, struct place at, const char *text);
void sort_findings(finding_list *findings);
void free_findings(finding_list *findings);

#endif
