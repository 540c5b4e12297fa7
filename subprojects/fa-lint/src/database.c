/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "database.h"
#include "command.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *absolute(const char *directory, const char *file)
{
    char resolved[PATH_MAX];
    char *path = file[0] == '/' ? copy_text(file) : format_text("%s/%s", directory, file);
    if (realpath(path, resolved) == NULL)
        return path;
    release(path);
    return copy_text(resolved);
}

bool is_source(const char *path)
{
    static const char *const endings[] = {".c", ".cc", ".cpp", ".cxx", ".C", ".c++", ".cp", ".CPP", NULL};
    const char *dot = strrchr(path, '.');
    const char *const *ending = endings;
    while (dot != NULL && *ending != NULL && strcmp(*ending, dot) != 0)
        ending++;
    return dot != NULL && *ending != NULL;
}

void add_unit(unit_list *units, const char *path, const char *const *arguments, size_t count)
{
    struct unit unit = {.path = copy_text(path)};
    LIST_PUSH(&unit.arguments, copy_text("-DFA_LINT=1"));
    LIST_PUSH(&unit.arguments, copy_text("-Wno-everything"));
    keep_for_parser(&unit.arguments, arguments, count);
    LIST_PUSH(units, unit);
}

static bool is_listed(const unit_list *units, const char *path)
{
    for (size_t i = 0; i < units->count; i++)
        if (strcmp(units->items[i].path, path) == 0)
            return true;
    return false;
}

static void add_entry(unit_list *units, const char *directory, const char *file, const char *const *words, size_t count)
{
    char *path = absolute(directory, file);
    if (is_source(path) && !is_listed(units, path)) {
        char *place = format_text("-working-directory=%s", directory);
        add_unit(units, path, words, count);
        LIST_PUSH(&units->items[units->count - 1].arguments, place);
    }
    release(path);
}

static bool add_words(unit_list *units, const char *directory, const char *file, text_list *words)
{
    expand_responses(words, directory);
    add_entry(units, directory, file, (const char *const *)words->items, words->count);
    free_words(words);
    return true;
}

static bool add_list(unit_list *units, const char *directory, const char *file, const json_t *array)
{
    text_list words = {0};
    size_t i;
    json_t *item;
    json_array_foreach (array, i, item)
        LIST_PUSH(&words, copy_text(json_is_string(item) ? json_string_value(item) : ""));
    return add_words(units, directory, file, &words);
}

static bool add_command(unit_list *units, const char *directory, const char *file, const char *command)
{
    text_list words = {0};
    split_command(&words, command);
    return add_words(units, directory, file, &words);
}

static bool read_entry(unit_list *units, const json_t *entry)
{
    const char *directory = json_string_value(json_object_get(entry, "directory"));
    const char *file = json_string_value(json_object_get(entry, "file"));
    const json_t *arguments = json_object_get(entry, "arguments");
    const char *command = json_string_value(json_object_get(entry, "command"));
    if (directory == NULL || file == NULL)
        return false;
    if (json_is_array(arguments))
        return add_list(units, directory, file, arguments);
    return command != NULL && add_command(units, directory, file, command);
}

static char *database_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return format_text("%s/compile_commands.json", path);
    return copy_text(path);
}

bool database_read(unit_list *units, const char *path, char **message)
{
    json_error_t error;
    char *file = database_path(path);
    json_t *root = json_load_file(file, 0, &error);
    size_t i;
    json_t *entry;
    *message = NULL;
    if (root == NULL)
        *message = error.line > 0 ? format_text("%s:%d:%d: %s", file, error.line, error.column, error.text)
                                  : format_text("%s: %s", file, error.text);
    else if (!json_is_array(root))
        *message = format_text("%s: is not a list of commands", file);
    json_array_foreach (root, i, entry)
        if (*message == NULL && !read_entry(units, entry))
            *message = format_text("%s: entry %zu has no directory, file and command", file, i + 1);
    json_decref(root);
    release(file);
    return *message == NULL;
}

static char *if_there(char *path)
{
    if (access(path, R_OK) == 0)
        return path;
    release(path);
    return NULL;
}

char *database_find(const char *from)
{
    static const char *const folders[] = {"", "build/", "builddir/", "_build/", "out/"};
    char folder[PATH_MAX];
    if (realpath(from, folder) == NULL)
        return NULL;
    for (;;) {
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
            char *path = if_there(format_text("%s/%scompile_commands.json", folder, folders[i]));
            if (path != NULL)
                return path;
        }
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder)
            return NULL;
        *slash = 0;
    }
}

void free_units(unit_list *units)
{
    for (size_t i = 0; i < units->count; i++) {
        free_words(&units->items[i].arguments);
        release(units->items[i].path);
    }
    LIST_FREE(units);
}
