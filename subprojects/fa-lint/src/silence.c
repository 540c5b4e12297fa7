/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Places where codes are silenced, by a comment or by an annotation. */
#include "codes.h"
#include "select.h"

#include <stdio.h>
#include <string.h>

/* The next code of a list, from `*at` on; behind a colon comes a reason, which ends with a semicolon. */
static bool next_code(const char **at, const char **code, size_t *length)
{
    *code = *at + strspn(*at, " \t,;");
    *length = strcspn(*code, " \t,;:");
    *at = *code + *length;
    if (**at == ':')
        *at += strcspn(*at, ";");
    return *length != 0;
}

static bool names_code(const char *list, const char *wanted)
{
    const char *code;
    size_t length;
    while (next_code(&list, &code, &length))
        if (strlen(wanted) == length && strncmp(code, wanted, length) == 0)
            return true;
    return false;
}

bool is_silenced(const struct program *program, const struct finding *finding)
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

/* A header is part of many modules, and its comments are read with each. */
static void complain_once(const char *message)
{
    static LIST(int32_t) said;
    int32_t id = intern(message);
    for (size_t i = 0; i < said.count; i++)
        if (said.items[i] == id)
            return;
    LIST_PUSH(&said, id);
    fprintf(stderr, "fa-lint: %s\n", message);
}

static void check_list(const char *list, int32_t file, uint32_t line)
{
    const char *code;
    size_t length;
    while (next_code(&list, &code, &length)) {
        char *name = format_text("%.*s", (int)length, code);
        char *message = format_text("%s:%u: %s cannot be silenced: it is no code of fa-lint",
                                    path_from_here(text_of(file)), line, name);
        if (!is_reported(name))
            complain_once(message);
        release(message);
        release(name);
    }
}

void check_silenced_codes(const struct module *module)
{
    for (size_t i = 0; i < module->suppressions.count; i++) {
        const struct suppression *place = &module->suppressions.items[i];
        check_list(text_of(place->codes), place->file, place->line);
    }
    for (size_t i = 0; i < module->functions.count; i++) {
        const struct function *function = &module->functions.items[i];
        check_list(text_of(function->allow), function->at.file, function->at.line);
    }
    for (size_t i = 0; i < module->globals.count; i++)
        check_list(text_of(module->globals.items[i].allow), module->path, 1);
}
