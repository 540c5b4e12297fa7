/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "select.h"
#include "codes.h"

#include <string.h>

static bool lists(const text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
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
    if (path_matches(&options->exclude, path) || path_matches(&config->exclude, path))
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
}

bool is_failure(const struct finding *finding, const struct options *options, const struct config *config)
{
    bool warnings_fail = options->deny_warnings || config->deny_warnings;
    return !finding->mended &&
           (finding->severity == SEVERITY_ERROR || (finding->severity == SEVERITY_WARNING && warnings_fail));
}

void stop_at_failure(finding_list *findings, const struct options *options, const struct config *config)
{
    size_t first = 0;
    while (first < findings->count && !is_failure(&findings->items[first], options, config))
        first++;
    for (size_t i = first + 1; i < findings->count; i++)
        LIST_FREE(&findings->items[i].notes);
    if (first < findings->count)
        findings->count = first + 1;
}

const char *short_path(int32_t file)
{
    return path_from_here(text_of(file));
}

struct stand_in {
    int32_t file;
    const char *text;
};

static LIST(struct stand_in) stand_ins;
static int32_t last_file;
static char *last_text;

void let_stand_in(int32_t file, const char *text)
{
    LIST_PUSH(&stand_ins, (struct stand_in){file, text});
}

void forget_texts(void)
{
    LIST_FREE(&stand_ins);
    release(last_text);
    last_text = NULL;
    last_file = 0;
}

/* The file that was asked for last is kept: findings come in the order of files. */
static const char *text_of_file(int32_t file)
{
    for (size_t i = 0; i < stand_ins.count; i++)
        if (stand_ins.items[i].file == file)
            return stand_ins.items[i].text;
    if (file != last_file) {
        release(last_text);
        last_text = read_file(text_of(file), NULL);
        last_file = file;
    }
    return last_text;
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
