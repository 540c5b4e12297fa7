/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the editor is told about documents: diagnostics, explanations, quick fixes. */
#include "lsp_answer.h"
#include "codes.h"
#include "edit.h"
#include "lsp_text.h"
#include "output_json.h"

#include <stdlib.h>
#include <string.h>

static json_t *range_of(const struct document *document, const struct place *at)
{
    return range_json(document->text, at->line, at->column, at->end > at->begin ? at->end - at->begin : 1);
}

static json_t *related_of(const struct document *document, const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->notes.count; i++) {
        const struct note *note = &finding->notes.items[i];
        char *uri = uri_of_path(text_of(note->at.file));
        bool same = strcmp(text_of(note->at.file), document->path) == 0;
        json_t *range = same ? range_of(document, &note->at) : range_json("", note->at.line, 1, 1);
        json_array_append_new(list, json_pack("{s:{s:s, s:o}, s:o}", "location", "uri", uri, "range", range, "message",
                                              json_text(text_of(note->text))));
        release(uri);
    }
    return list;
}

static json_t *diagnostic_of(const struct document *document, const struct finding *finding)
{
    static const int severities[] = {4, 2, 1};
    return json_pack("{s:o, s:i, s:s, s:s, s:o, s:o}", "range", range_of(document, &finding->at), "severity",
                     severities[finding->severity], "code", text_of(finding->code), "source", "fa-lint", "message",
                     json_text(text_of(finding->message)), "relatedInformation", related_of(document, finding));
}

/* The first error stands where the compiler met it, if that is in this document. */
static json_t *compile_error(const struct document *document)
{
    const char *message = text_of(document->module.errors.items[0]);
    size_t length = strlen(document->path);
    char *rest = (char *)message + length;
    unsigned long line = 1, column = 1;
    if (starts_with(message, document->path) && *rest == ':') {
        line = strtoul(rest + 1, &rest, 10);
        column = *rest == ':' ? strtoul(rest + 1, NULL, 10) : 1;
    }
    json_t *range = range_json(document->text, line != 0 ? (uint32_t)line : 1, column != 0 ? (uint32_t)column : 1, 1);
    return json_pack("{s:o, s:i, s:s, s:o}", "range", range, "severity", 3, "source", "fa-lint", "message",
                     json_text(message));
}

static void send_diagnostics(const char *uri, json_t *list)
{
    send_message(json_pack("{s:s, s:s, s:{s:o, s:o}}", "jsonrpc", "2.0", "method", "textDocument/publishDiagnostics",
                           "params", "uri", json_text(uri), "diagnostics", list));
}

void publish(struct document *document)
{
    json_t *list = json_array();
    if (document->is_lowered && document->module.errors.count != 0)
        json_array_append_new(list, compile_error(document));
    for (size_t i = 0; i < document->findings.count; i++)
        json_array_append_new(list, diagnostic_of(document, &document->findings.items[i]));
    char *text = json_dumps(list, JSON_COMPACT);
    bool known = text != NULL && document->published != NULL && strcmp(text, document->published) == 0;
    if (text != NULL && !known) {
        release(document->published);
        document->published = copy_text(text);
        send_diagnostics(document->uri, json_incref(list));
    }
    json_decref(list);
    free(text);
}

void publish_nothing(const char *uri)
{
    send_diagnostics(uri, json_array());
}

static json_t *action_of(const struct document *document, const struct finding *finding, const char *title,
                         json_t *range, const char *text)
{
    return json_pack("{s:s, s:s, s:[o], s:{s:{s:[{s:o, s:s}]}}}", "title", title, "kind", "quickfix", "diagnostics",
                     diagnostic_of(document, finding), "edit", "changes", document->uri, "range", range, "newText",
                     text);
}

static void add_fix(json_t *list, const struct document *document, const struct finding *finding)
{
    struct edit edit;
    bool here = finding->fix.file == finding->at.file;
    if (here && edit_of_fix(document->text, strlen(document->text), &finding->fix, &edit))
        json_array_append_new(list, action_of(document, finding, text_of(finding->fix.title),
                                              range_of_offsets(document->text, edit.begin, edit.end), edit.instead));
}

/* A line that silences something already gets one more code; behind a backslash there can be no comment. */
static void add_silence(json_t *list, const struct document *document, const struct finding *finding)
{
    static const char word[] = "fa-lint: allow(";
    const char *code = text_of(finding->code);
    size_t start = offset_of_line(document->text, finding->at.line);
    size_t end = start + strcspn(document->text + start, "\r\n");
    const char *there = memmem(document->text + start, end - start, word, sizeof word - 1);
    if (there == NULL && end > start && document->text[end - 1] == '\\')
        return;
    size_t place = there != NULL ? (size_t)(there - document->text) + sizeof word - 1 : end;
    char *title = format_text("silence %s here", code);
    char *text = format_text(there != NULL ? "%s, " : " // fa-lint: allow(%s)", code);
    json_t *range = range_of_offsets(document->text, place, place);
    json_array_append_new(list, action_of(document, finding, title, range, text));
    release(title);
    release(text);
}

/* An editor may ask for other kinds only, as refactoring when a file is saved. */
static bool wants_quick_fixes(const json_t *params)
{
    const json_t *only = json_object_get(json_object_get(params, "context"), "only");
    size_t i;
    json_t *kind;
    bool wanted = !json_is_array(only);
    json_array_foreach (only, i, kind)
        wanted |= json_is_string(kind) &&
                  (json_string_value(kind)[0] == 0 || strcmp(json_string_value(kind), "quickfix") == 0);
    return wanted;
}

json_t *code_actions(const struct document *document, const json_t *params)
{
    json_t *list = json_array();
    const json_t *range = json_object_get(params, "range");
    json_int_t first = json_integer_value(json_object_get(json_object_get(range, "start"), "line"));
    json_int_t last = json_integer_value(json_object_get(json_object_get(range, "end"), "line"));
    for (size_t i = 0; document != NULL && wants_quick_fixes(params) && i < document->findings.count; i++) {
        const struct finding *finding = &document->findings.items[i];
        json_int_t line = (json_int_t)finding->at.line - 1;
        if (line < first || line > last)
            continue;
        add_fix(list, document, finding);
        add_silence(list, document, finding);
    }
    return list;
}

static char *described(char *before, const struct finding *finding)
{
    const struct code *code = code_by_name(text_of(finding->code));
    char *text = format_text("%s%s**%s** %s\n\n%s\n\n*help:* %s", before != NULL ? before : "",
                             before != NULL ? "\n\n---\n\n" : "", code->name, code->title, code->explain, code->help);
    release(before);
    return text;
}

json_t *hover(const struct document *document, const json_t *params)
{
    json_int_t line = json_integer_value(json_object_get(json_object_get(params, "position"), "line"));
    char *text = NULL;
    for (size_t i = 0; document != NULL && i < document->findings.count; i++)
        if ((json_int_t)document->findings.items[i].at.line - 1 == line)
            text = described(text, &document->findings.items[i]);
    if (text == NULL)
        return json_null();
    json_t *result = json_pack("{s:{s:s, s:s}}", "contents", "kind", "markdown", "value", text);
    release(text);
    return result;
}
