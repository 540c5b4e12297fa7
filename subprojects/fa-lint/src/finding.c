/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "finding.h"

#include <stdlib.h>
#include <string.h>

struct finding *add_finding(finding_list *findings, const char *code, struct place at, const char *message)
{
    int32_t id = intern(code);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *other = &findings->items[i];
        if (other->code == id && other->at.file == at.file && other->at.line == at.line &&
            other->at.column == at.column)
            return NULL;
    }
    LIST_PUSH(findings, (struct finding){.code = id, .at = at, .message = intern(message)});
    return &findings->items[findings->count - 1];
}

void add_note(struct finding *finding, struct place at, const char *text)
{
    if (finding != NULL && at.file != 0)
        LIST_PUSH(&finding->notes, (struct note){at, intern(text)});
}

static int compare(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    int files = strcmp(text_of(a->at.file), text_of(b->at.file));
    if (files != 0)
        return files;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line ? -1 : 1;
    if (a->at.column != b->at.column)
        return a->at.column < b->at.column ? -1 : 1;
    return strcmp(text_of(a->code), text_of(b->code));
}

void sort_findings(finding_list *findings)
{
    if (findings->count != 0)
        qsort(findings->items, findings->count, sizeof *findings->items, compare);
}

void free_findings(finding_list *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        LIST_FREE(&findings->items[i].notes);
    LIST_FREE(findings);
}
