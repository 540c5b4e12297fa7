/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* JSON of our own, and SARIF 2.1.0. */
#include "codes.h"
#include "output.h"
#include "select.h"

#include <jansson.h>
#include <string.h>

static uint32_t end_column(const struct place *at)
{
    char *line = line_of(at->file, at->line);
    uint32_t last = (uint32_t)strlen(line) + 1, end = at->column + (at->end > at->begin ? at->end - at->begin : 1);
    release(line);
    return end > last && last > at->column ? last : end;
}

/* Bytes that are no UTF-8 cannot be in JSON. */
static json_t *text(const char *bytes)
{
    json_t *string = json_string(bytes);
    if (string != NULL)
        return string;
    char *copy = copy_text(bytes);
    for (char *next = copy; *next != 0; next++)
        if ((unsigned char)*next >= 0x80)
            *next = '?';
    string = json_string(copy);
    release(copy);
    return string;
}

static json_t *notes_of(const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->notes.count; i++) {
        const struct note *note = &finding->notes.items[i];
        json_array_append_new(list, json_pack("{s:o, s:i, s:i, s:s}", "file", text(short_path(note->at.file)), "line",
                                              (int)note->at.line, "column", (int)note->at.column, "text",
                                              text_of(note->text)));
    }
    return list;
}

static json_t *finding_json(const struct finding *finding)
{
    const struct code *code = code_by_name(text_of(finding->code));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:i, s:s, s:s, s:o, s:b}", "code", code->name, "severity",
                     severity_name(finding->severity), "category", code->category, "message", text_of(finding->message),
                     "file", text(short_path(finding->at.file)), "line", (int)finding->at.line, "column",
                     (int)finding->at.column, "end_column", (int)end_column(&finding->at), "function",
                     text_of(finding->function), "help", code->help, "notes", notes_of(finding), "fixable",
                     finding->fix.file != 0);
}

static bool dump(json_t *root, FILE *out)
{
    bool written = json_dumpf(root, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return written;
}

bool write_json(const finding_list *findings, FILE *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++)
        json_array_append_new(list, finding_json(&findings->items[i]));
    return dump(json_pack("{s:i, s:s, s:s, s:o}", "version", 1, "tool", "fa-lint", "tool_version", FA_LINT_VERSION,
                          "findings", list),
                out);
}

static const char *level_of(int severity)
{
    return severity == SEVERITY_ERROR ? "error" : severity == SEVERITY_WARNING ? "warning" : "note";
}

static json_t *rule_of(const struct code *code)
{
    return json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "id", code->name, "shortDescription", "text",
                     code->title, "fullDescription", "text", code->explain, "help", "text", code->help,
                     "defaultConfiguration", "level", level_of(code->severity), "properties", "category",
                     code->category);
}

static json_t *uri_of(int32_t file)
{
    const char *path = short_path(file);
    LIST(char) uri = {0};
    for (const char *next = path[0] == '/' ? "file://" : ""; *next != 0; next++)
        LIST_PUSH(&uri, *next);
    for (; *path != 0; path++) {
        unsigned char byte = (unsigned char)*path;
        bool is_plain =
            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || strchr("0123456789-._~/", byte) != NULL;
        if (is_plain) {
            LIST_PUSH(&uri, *path);
            continue;
        }
        LIST_PUSH(&uri, '%');
        LIST_PUSH(&uri, "0123456789ABCDEF"[byte >> 4]);
        LIST_PUSH(&uri, "0123456789ABCDEF"[byte & 15]);
    }
    LIST_PUSH(&uri, 0);
    json_t *string = json_string(uri.items);
    LIST_FREE(&uri);
    return string;
}

static json_t *location_of(const struct place *at)
{
    return json_pack("{s:{s:{s:o}, s:{s:i, s:i, s:i}}}", "physicalLocation", "artifactLocation", "uri",
                     uri_of(at->file), "region", "startLine", (int)at->line, "startColumn", (int)at->column,
                     "endColumn", (int)end_column(at));
}

static json_t *related_of(const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->notes.count; i++) {
        json_t *location = location_of(&finding->notes.items[i].at);
        json_object_set_new(location, "id", json_integer((json_int_t)i));
        json_object_set_new(location, "message", json_pack("{s:s}", "text", text_of(finding->notes.items[i].text)));
        json_array_append_new(list, location);
    }
    return list;
}

static json_t *fixes_of(const struct finding *finding)
{
    const struct fix *fix = &finding->fix;
    return json_pack("[{s:{s:s}, s:[{s:{s:o}, s:[{s:{s:i, s:i}, s:{s:s}}]}]}]", "description", "text",
                     text_of(fix->title), "artifactChanges", "artifactLocation", "uri", uri_of(fix->file),
                     "replacements", "deletedRegion", "charOffset", (int)fix->begin, "charLength",
                     (int)(fix->end - fix->begin), "insertedContent", "text", text_of(fix->text));
}

static json_t *result_of(const struct finding *finding)
{
    char print[24];
    snprintf(print, sizeof print, "%016llx", (unsigned long long)fingerprint(finding));
    json_t *result = json_pack("{s:s, s:s, s:{s:s}, s:[o], s:{s:s}}", "ruleId", text_of(finding->code), "level",
                               level_of(finding->severity), "message", "text", text_of(finding->message), "locations",
                               location_of(&finding->at), "partialFingerprints", "faLint/v1", print);
    if (finding->notes.count != 0)
        json_object_set_new(result, "relatedLocations", related_of(finding));
    if (finding->fix.file != 0)
        json_object_set_new(result, "fixes", fixes_of(finding));
    return result;
}

bool write_sarif(const finding_list *findings, FILE *out)
{
    json_t *rules = json_array(), *results = json_array();
    for (size_t i = 0; i < code_count; i++)
        if (codes[i].category[0] != 0)
            json_array_append_new(rules, rule_of(&codes[i]));
    for (size_t i = 0; i < findings->count; i++)
        json_array_append_new(results, result_of(&findings->items[i]));
    json_t *driver = json_pack("{s:s, s:s, s:o}", "name", "fa-lint", "version", FA_LINT_VERSION, "rules", rules);
    json_t *run = json_pack("{s:{s:o}, s:s, s:o}", "tool", "driver", driver, "columnKind", "unicodeCodePoints",
                            "results", results);
    return dump(json_pack("{s:s, s:s, s:[o]}", "$schema",
                          "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
                          "version", "2.1.0", "runs", run),
                out);
}
