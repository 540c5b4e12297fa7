/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "select.h"
#include "codes.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static bool lists(const text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static bool names_code(const char *listed, const char *code)
{
    const char *found = strstr(listed, code);
    return found != NULL;
}

static bool is_silenced(const struct program *program, const struct finding *finding)
{
    const char *code = text_of(finding->code);
    if (names_code(text_of(finding->allow), code))
        return true;
    for (size_t i = 0; i < program->suppressions.count; i++) {
        const struct suppression *place = program->suppressions.items[i];
        if (place->file == finding->at.file && place->line == finding->at.line &&
            names_code(text_of(place->codes), code))
            return true;
    }
    return false;
}

static int severity_of(const struct code *code, const struct options *options, const struct config *config)
{
    bool denied = lists(&options->deny, code->name) || lists(&config->deny, code->name);
    return denied ? SEVERITY_ERROR : code->severity;
}

static bool is_wanted(const struct program *program, struct finding *finding, const struct options *options,
                      const struct config *config)
{
    const struct code *code = code_by_name(text_of(finding->code));
    const char *path = text_of(finding->at.file);
    int least = options->min_severity >= 0  ? options->min_severity
                : config->min_severity >= 0 ? config->min_severity
                                            : SEVERITY_WARNING;
    if (code == NULL || (options->categories.count != 0 && !lists(&options->categories, code->category)))
        return false;
    if ((lists(&options->allow, code->name) || lists(&config->allow, code->name)) && !lists(&options->deny, code->name))
        return false;
    if (matches_any(&options->exclude, path) || matches_any(&config->exclude, path))
        return false;
    finding->severity = (uint8_t)severity_of(code, options, config);
    return finding->severity >= least && !is_silenced(program, finding);
}

void select_findings(struct program *program, const struct options *options, const struct config *config)
{
    size_t kept = 0;
    finding_list *findings = &program->findings;
    for (size_t i = 0; i < findings->count; i++) {
        if (is_wanted(program, &findings->items[i], options, config))
            findings->items[kept++] = findings->items[i];
        else
            LIST_FREE(&findings->items[i].notes);
    }
    findings->count = kept;
    sort_findings(findings);
    for (size_t i = 1; options->fail_fast && i < findings->count; i++)
        LIST_FREE(&findings->items[i].notes);
    if (options->fail_fast && findings->count > 1)
        findings->count = 1;
}

const char *short_path(int32_t file)
{
    static char here[PATH_MAX];
    const char *path = text_of(file);
    if (here[0] == 0 && getcwd(here, sizeof here) == NULL)
        return path;
    size_t length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* The file that was asked for last is kept: findings come in the order of files. */
static const char *text_of_file(int32_t file)
{
    static int32_t last;
    static char *text;
    if (file != last) {
        release(text);
        text = read_file(text_of(file), NULL);
        last = file;
    }
    return text;
}

char *line_of(int32_t file, uint32_t line)
{
    const char *text = text_of_file(file);
    for (uint32_t at = 1; text != NULL && at < line; at++) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    if (text == NULL)
        return copy_text("");
    size_t length = strcspn(text, "\r\n");
    char *copy = take(length + 1);
    memcpy(copy, text, length);
    return copy;
}

uint64_t fingerprint(const struct finding *finding)
{
    char *line = line_of(finding->at.file, finding->at.line);
    uint64_t hash = hash_text(text_of(finding->code), 0);
    hash = hash_text(short_path(finding->at.file), hash);
    hash = hash_text(text_of(finding->function), hash);
    hash = hash_text(line + strspn(line, " \t"), hash);
    release(line);
    return hash;
}
