/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SARIF 2.1.0: columns count Unicode characters. */
#include "codes.h"
#include "edit.h"
#include "output_json.h"
#include "select.h"
#include "text.h"

#include <string.h>

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

static json_t *region_of(const struct place *at)
{
    char *line = line_of(at->file, at->line);
    size_t length = strlen(line), first = at->column - 1 < length ? at->column - 1 : length;
    uint32_t end = end_column(line, at) - at->column;
    uint32_t start = characters_in(line, first) + 1;
    json_t *region = json_pack("{s:i, s:i, s:i}", "startLine", (int)at->line, "startColumn", (int)start, "endColumn",
                               (int)(start + characters_in(line + first, end)));
    release(line);
    return region;
}

static json_t *location_of(const struct place *at)
{
    return json_pack("{s:{s:{s:o}, s:o}}", "physicalLocation", "artifactLocation", "uri", uri_of(at->file), "region",
                     region_of(at));
}

static json_t *related_of(const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->notes.count; i++) {
        json_t *location = location_of(&finding->notes.items[i].at);
        json_object_set_new(location, "id", json_integer((json_int_t)i));
        json_object_set_new(location, "message",
                            json_pack("{s:o}", "text", json_text(text_of(finding->notes.items[i].text))));
        json_array_append_new(list, location);
    }
    return list;
}

/* Where an offset is, as a line and a column in characters. */
static void set_position(json_t *region, const char *text, size_t offset, const char *line_name,
                         const char *column_name)
{
    json_int_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < offset; i++)
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    json_object_set_new(region, line_name, json_integer(line));
    json_object_set_new(region, column_name, json_integer((json_int_t)characters_in(text + start, offset - start) + 1));
}

static json_t *replacement_of(const struct fix *fix)
{
    size_t length = 0;
    struct edit edit;
    char *text = read_file(text_of(fix->file), &length);
    json_t *replacement = NULL;
    if (text != NULL && edit_of_fix(text, length, fix, &edit)) {
        json_t *region = json_object();
        set_position(region, text, edit.begin, "startLine", "startColumn");
        set_position(region, text, edit.end, "endLine", "endColumn");
        replacement = json_pack("{s:o, s:{s:s}}", "deletedRegion", region, "insertedContent", "text", edit.instead);
    }
    release(text);
    return replacement;
}

static void add_fix(json_t *result, const struct fix *fix)
{
    json_t *replacement = fix->file != 0 ? replacement_of(fix) : NULL;
    if (replacement != NULL)
        json_object_set_new(result, "fixes",
                            json_pack("[{s:{s:s}, s:[{s:{s:o}, s:[o]}]}]", "description", "text", text_of(fix->title),
                                      "artifactChanges", "artifactLocation", "uri", uri_of(fix->file), "replacements",
                                      replacement));
}

static json_t *result_of(const struct finding *finding)
{
    char print[24];
    snprintf(print, sizeof print, "%016llx", (unsigned long long)fingerprint(finding));
    json_t *result = json_pack("{s:s, s:s, s:{s:o}, s:[o], s:{s:s}}", "ruleId", text_of(finding->code), "level",
                               level_of(finding->severity), "message", "text", json_text(text_of(finding->message)),
                               "locations", location_of(&finding->at), "partialFingerprints", "faLint/v1", print);
    if (finding->notes.count != 0)
        json_object_set_new(result, "relatedLocations", related_of(finding));
    add_fix(result, &finding->fix);
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
    return dump_json(
        json_pack("{s:s, s:s, s:[o]}", "$schema",
                  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
                  "version", "2.1.0", "runs", run),
        out);
}
