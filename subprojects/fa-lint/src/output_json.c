/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* JSON of our own: columns count bytes, as compilers do. */
#include "output_json.h"
#include "codes.h"
#include "select.h"
#include "text.h"

#include <string.h>

/* Bytes that are no UTF-8 cannot be in JSON. */
json_t *json_text(const char *bytes)
{
    char *valid = valid_utf8(bytes);
    json_t *string = json_string(valid);
    release(valid);
    return string;
}

uint32_t end_column(const char *line, const struct place *at)
{
    uint32_t last = (uint32_t)strlen(line) + 1, end = at->column + (at->end > at->begin ? at->end - at->begin : 1);
    return end > last && last > at->column ? last : end;
}

bool dump_json(json_t *root, FILE *out)
{
    bool written = json_dumpf(root, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return written;
}

static json_t *notes_of(const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->notes.count; i++) {
        const struct note *note = &finding->notes.items[i];
        json_array_append_new(list, json_pack("{s:o, s:i, s:i, s:o}", "file", json_text(short_path(note->at.file)),
                                              "line", (int)note->at.line, "column", (int)note->at.column, "text",
                                              json_text(text_of(note->text))));
    }
    return list;
}

static json_t *finding_json(const struct finding *finding)
{
    const struct code *code = code_by_name(text_of(finding->code));
    char *line = line_of(finding->at.file, finding->at.line);
    uint32_t end = end_column(line, &finding->at);
    release(line);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:i, s:o, s:s, s:o, s:b}", "code", code->name, "severity",
                     severity_name(finding->severity), "category", code->category, "message",
                     json_text(text_of(finding->message)), "file", json_text(short_path(finding->at.file)), "line",
                     (int)finding->at.line, "column", (int)finding->at.column, "end_column", (int)end, "function",
                     json_text(text_of(finding->function)), "help", code->help, "notes", notes_of(finding), "fixable",
                     finding->fix.file != 0);
}

bool write_json(const finding_list *findings, FILE *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++)
        json_array_append_new(list, finding_json(&findings->items[i]));
    return dump_json(json_pack("{s:i, s:s, s:s, s:o}", "version", 1, "tool", "fa-lint", "tool_version", FA_LINT_VERSION,
                               "findings", list),
                     out);
}
