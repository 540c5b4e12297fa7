/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "codes.h"
#include "output.h"
#include "select.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

static const char *shade(bool color, int severity)
{
    static const char *const shades[] = {"\033[36m", "\033[33m", "\033[31m"};
    return color ? shades[severity] : "";
}

static const char *bold(bool color)
{
    return color ? "\033[1m" : "";
}

static const char *plain(bool color)
{
    return color ? "\033[0m" : "";
}

static void put_marks(FILE *out, const char *line, size_t begin, size_t width)
{
    size_t length = strlen(line), first = begin < length ? begin : length;
    for (size_t i = 0; i < first;) {
        size_t plain_bytes = strcspn(line + i, "\t");
        plain_bytes = plain_bytes < first - i ? plain_bytes : first - i;
        fprintf(out, "%*s%s", (int)columns_in(line + i, plain_bytes), "", i + plain_bytes < first ? "\t" : "");
        i += plain_bytes + 1;
    }
    fputc('^', out);
    for (uint32_t columns = columns_in(line + first, width); columns > 1; columns--)
        fputc('~', out);
}

static void put_line(FILE *out, const struct finding *finding, bool color)
{
    char *line = line_of(finding->at.file, finding->at.line);
    for (char *next = line; *next != 0; next++)
        if (iscntrl((unsigned char)*next) && *next != '\t')
            *next = ' ';
    if (line[0] != 0) {
        size_t width = finding->at.end > finding->at.begin ? finding->at.end - finding->at.begin : 1;
        fprintf(out, "%5u | %s\n      | %s", finding->at.line, line, shade(color, finding->severity));
        put_marks(out, line, finding->at.column - 1, width);
        fprintf(out, "%s\n", plain(color));
    }
    release(line);
}

static void put_finding(FILE *out, const struct finding *finding, bool color)
{
    const struct code *code = code_by_name(text_of(finding->code));
    fprintf(out, "%s%s:%u:%u: %s%s[%s]: %s%s%s\n", bold(color), short_path(finding->at.file), finding->at.line,
            finding->at.column, shade(color, finding->severity), severity_name(finding->severity), code->name,
            plain(color), text_of(finding->message), plain(color));
    put_line(out, finding, color);
    for (size_t i = 0; i < finding->notes.count; i++) {
        const struct note *note = &finding->notes.items[i];
        if (note->text != 0)
            fprintf(out, "      = note: %s:%u: %s\n", short_path(note->at.file), note->at.line, text_of(note->text));
    }
    fprintf(out, "      = help: %s\n\n", code->help);
}

static void put_sum(const finding_list *findings, FILE *out)
{
    size_t counts[3] = {0};
    for (size_t i = 0; i < findings->count; i++)
        counts[findings->items[i].severity]++;
    if (findings->count == 0)
        fputs("no findings\n", out);
    for (int severity = SEVERITY_ERROR; findings->count != 0 && severity >= SEVERITY_HINT; severity--)
        fprintf(out, "%zu %s%s%s", counts[severity], severity_name(severity), counts[severity] == 1 ? "" : "s",
                severity > SEVERITY_HINT ? ", " : "; `fa-lint explain CODE` tells more\n");
}

bool write_human(const finding_list *findings, FILE *out, bool color)
{
    for (size_t i = 0; i < findings->count; i++)
        put_finding(out, &findings->items[i], color);
    put_sum(findings, out);
    return !ferror(out);
}

bool write_compact(const finding_list *findings, FILE *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        fprintf(out, "%s:%u:%u: %s: %s [%s]\n", short_path(finding->at.file), finding->at.line, finding->at.column,
                severity_name(finding->severity), text_of(finding->message), text_of(finding->code));
    }
    return !ferror(out);
}

bool write_findings(const finding_list *findings, enum format format, FILE *out, bool color)
{
    switch (format) {
    case FORMAT_COMPACT:
        return write_compact(findings, out);
    case FORMAT_JSON:
        return write_json(findings, out);
    case FORMAT_SARIF:
        return write_sarif(findings, out);
    case FORMAT_JUNIT:
        return write_junit(findings, out);
    case FORMAT_CHECKSTYLE:
        return write_checkstyle(findings, out);
    default:
        return write_human(findings, out, color);
    }
}
