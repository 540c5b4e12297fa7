/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "config.h"
#include "codes.h"
#include "toml.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const char *path;
    char *message;
};

static void complain(struct reading *reading, const char *key, const char *what)
{
    if (reading->message == NULL)
        reading->message = format_text("%s: %s: %s", reading->path, key, what);
}

static void read_texts(struct reading *reading, const json_t *table, const char *key, text_list *list)
{
    const json_t *array = json_object_get(table, key);
    size_t i;
    json_t *item;
    if (array != NULL && !json_is_array(array))
        complain(reading, key, "is not a list of texts");
    json_array_foreach(array, i, item)
    {
        if (json_is_string(item))
            LIST_PUSH(list, copy_text(json_string_value(item)));
        else
            complain(reading, key, "is not a list of texts");
    }
}

static void read_codes(struct reading *reading, const json_t *table, const char *key, text_list *list)
{
    size_t before = list->count;
    read_texts(reading, table, key, list);
    for (size_t i = before; i < list->count; i++)
        if (code_by_name(list->items[i]) == NULL)
            complain(reading, list->items[i], "is no code; fa-lint list shows all");
}

static void read_number(struct reading *reading, const json_t *table, const char *key, int64_t *number)
{
    const json_t *value = json_object_get(table, key);
    if (value == NULL)
        return;
    if (json_is_integer(value) && json_integer_value(value) > 0)
        *number = json_integer_value(value);
    else
        complain(reading, key, "is not a number above 0");
}

static void check_keys(struct reading *reading, const json_t *table, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)table, key, value)
    {
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, key) != 0)
            name++;
        if (*name == NULL)
            complain(reading, key, "is not a setting");
    }
}

static void read_lint(struct reading *reading, struct config *config, const json_t *table)
{
    static const char *const keys[] = {"exclude", "deny", "allow", "min-severity", "deny-warnings", "baseline", NULL};
    check_keys(reading, table, keys);
    read_texts(reading, table, "exclude", &config->exclude);
    read_codes(reading, table, "deny", &config->deny);
    read_codes(reading, table, "allow", &config->allow);
    const char *severity = json_string_value(json_object_get(table, "min-severity"));
    if (severity != NULL && (config->min_severity = severity_by_name(severity)) < 0)
        complain(reading, "min-severity", "is not hint, warning or error");
    const char *baseline = json_string_value(json_object_get(table, "baseline"));
    config->baseline = baseline != NULL ? copy_text(baseline) : NULL;
    config->deny_warnings = json_is_true(json_object_get(table, "deny-warnings"));
}

static void read_area(struct reading *reading, struct config *config, const json_t *table)
{
    static const char *const keys[] = {"name", "paths", "tags", "may-release", NULL};
    const char *name = json_string_value(json_object_get(table, "name"));
    struct area area = {.name = copy_text(name != NULL ? name : "")};
    check_keys(reading, table, keys);
    if (name == NULL)
        complain(reading, "module", "has no name");
    read_texts(reading, table, "paths", &area.paths);
    read_texts(reading, table, "tags", &area.tags);
    read_texts(reading, table, "may-release", &area.shares);
    LIST_PUSH(&config->areas, area);
}

static void read_all(struct reading *reading, struct config *config, const json_t *root)
{
    static const char *const keys[] = {"lint", "hot-loops", "tags", "module", NULL};
    static const char *const loop_keys[] = {"turns", "nesting", NULL};
    static const char *const tag_keys[] = {"known", NULL};
    const json_t *loops = json_object_get(root, "hot-loops"), *tags = json_object_get(root, "tags");
    size_t i;
    json_t *item;
    check_keys(reading, root, keys);
    read_lint(reading, config, json_object_get(root, "lint"));
    check_keys(reading, loops, loop_keys);
    read_number(reading, loops, "turns", &config->hot_turns);
    read_number(reading, loops, "nesting", &config->hot_nesting);
    check_keys(reading, tags, tag_keys);
    config->has_tags = tags != NULL;
    read_texts(reading, tags, "known", &config->tags);
    json_array_foreach(json_object_get(root, "module"), i, item) read_area(reading, config, item);
}

void config_default(struct config *config)
{
    *config = (struct config){.hot_turns = 1000, .hot_nesting = 3, .min_severity = -1};
}

bool config_read(struct config *config, const char *path, char **message)
{
    struct reading reading = {path, NULL};
    char *json = toml_to_json(path, &reading.message);
    json_t *root = json != NULL ? json_loads(json, 0, NULL) : NULL;
    if (root != NULL)
        read_all(&reading, config, root);
    else
        complain(&reading, "file", "cannot be read");
    json_decref(root);
    free(json);
    *message = reading.message;
    return reading.message == NULL;
}

static void free_texts(text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        release(list->items[i]);
    LIST_FREE(list);
}

void config_free(struct config *config)
{
    free_texts(&config->exclude);
    free_texts(&config->deny);
    free_texts(&config->allow);
    free_texts(&config->tags);
    for (size_t i = 0; i < config->areas.count; i++) {
        release(config->areas.items[i].name);
        free_texts(&config->areas.items[i].paths);
        free_texts(&config->areas.items[i].tags);
        free_texts(&config->areas.items[i].shares);
    }
    LIST_FREE(&config->areas);
    release(config->baseline);
}

/* `**` crosses folders, and a pattern without a leading slash fits anywhere below one. */
bool glob_matches(const char *pattern, const char *path)
{
    char *anywhere = format_text("*/%s", pattern);
    bool fits = fnmatch(pattern, path, 0) == 0 || fnmatch(anywhere, path, 0) == 0;
    if (!fits && starts_with(pattern, "**/"))
        fits = fnmatch(pattern + 3, path, 0) == 0;
    release(anywhere);
    return fits;
}

bool matches_any(const text_list *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (glob_matches(patterns->items[i], text))
            return true;
    return false;
}

const struct area *area_of(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->areas.count; i++)
        if (matches_any(&config->areas.items[i].paths, path))
            return &config->areas.items[i];
    return NULL;
}

static const char template[] = "# Settings of fa-lint.\n\n"
                               "[lint]\n"
                               "exclude = [\"**/third_party/**\", \"**/subprojects/**\"]\n"
                               "deny = []           # codes that are errors\n"
                               "allow = []          # codes that are not reported\n"
                               "min-severity = \"warning\"\n"
                               "deny-warnings = false\n\n"
                               "[hot-loops]\n"
                               "turns = 1000        # a loop with so many turns is hot (FA602)\n"
                               "nesting = 3         # and so is one that deep\n\n"
                               "# [tags]\n"
                               "# known = [\"ai\", \"ai::pathfinding\", \"render\"]     # FA802 names any other\n\n"
                               "# [[module]]\n"
                               "# name = \"ai\"\n"
                               "# paths = [\"src/ai/**\"]\n"
                               "# tags = [\"ai\", \"ai::*\"]                           # FA801\n"
                               "# may-release = [\"core\"]                            # FA803\n";

bool config_write_new(const char *path, char **message)
{
    FILE *file = fopen(path, "wx");
    if (file == NULL) {
        *message = format_text("%s: cannot be made, or is there already", path);
        return false;
    }
    bool written = fputs(template, file) >= 0;
    return fclose(file) == 0 && written;
}
