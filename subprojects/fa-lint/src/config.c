/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "config.h"
#include "codes.h"
#include "paths.h"
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

/* `where` is the way to the value, as "lint.allow[1]": the parser knows its line. */
static void complain(struct reading *reading, const char *where, const char *what)
{
    if (reading->message != NULL)
        return;
    int line = toml_line(reading->path, where);
    reading->message = line > 0 ? format_text("%s:%d: %s: %s", reading->path, line, where, what)
                                : format_text("%s: %s: %s", reading->path, where, what);
}

static char *way_to(const char *table, const char *key)
{
    return table[0] != 0 ? format_text("%s.%s", table, key) : copy_text(key);
}

static void complain_of(struct reading *reading, const char *table, const char *key, const char *what)
{
    char *where = way_to(table, key);
    complain(reading, where, what);
    release(where);
}

static void read_texts(struct reading *reading, const json_t *table, const char *name, const char *key, text_list *list)
{
    const json_t *array = json_object_get(table, key);
    size_t i;
    json_t *item;
    if (array != NULL && !json_is_array(array))
        complain_of(reading, name, key, "is not a list of texts");
    json_array_foreach (array, i, item) {
        if (json_is_string(item))
            LIST_PUSH(list, copy_text(json_string_value(item)));
        else
            complain_of(reading, name, key, "is not a list of texts");
    }
}

static void read_codes(struct reading *reading, const json_t *table, const char *key, text_list *list)
{
    read_texts(reading, table, "lint", key, list);
    for (size_t i = 0; i < list->count; i++) {
        char *where = format_text("lint.%s[%zu]", key, i),
             *what = format_text("%s is no code of fa-lint", list->items[i]);
        if (!is_reported(list->items[i]))
            complain(reading, where, what);
        release(where);
        release(what);
    }
}

static const char *read_text(struct reading *reading, const json_t *table, const char *name, const char *key)
{
    const json_t *value = json_object_get(table, key);
    if (value != NULL && !json_is_string(value))
        complain_of(reading, name, key, "is not a text");
    return json_string_value(value);
}

static bool read_flag(struct reading *reading, const json_t *table, const char *name, const char *key)
{
    const json_t *value = json_object_get(table, key);
    if (value != NULL && !json_is_boolean(value))
        complain_of(reading, name, key, "is not true or false");
    return json_is_true(value);
}

static void read_number(struct reading *reading, const json_t *table, const char *name, const char *key,
                        int64_t *number)
{
    const json_t *value = json_object_get(table, key);
    if (value == NULL)
        return;
    if (json_is_integer(value) && json_integer_value(value) > 0)
        *number = json_integer_value(value);
    else
        complain_of(reading, name, key, "is not a number above 0");
}

static void check_keys(struct reading *reading, const json_t *table, const char *where, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)table, key, value) {
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, key) != 0)
            name++;
        if (*name == NULL)
            complain_of(reading, where, key, "is not a setting");
    }
}

static const json_t *read_table(struct reading *reading, const json_t *root, const char *name, const char *const *keys)
{
    const json_t *table = json_object_get(root, name);
    if (table != NULL && !json_is_object(table))
        complain(reading, name, "is not a table");
    check_keys(reading, table, name, keys);
    return table;
}

static void read_lint(struct reading *reading, struct config *config, const json_t *root)
{
    static const char *const keys[] = {"exclude", "deny", "allow", "min-severity", "deny-warnings", "baseline", NULL};
    const json_t *table = read_table(reading, root, "lint", keys);
    read_texts(reading, table, "lint", "exclude", &config->exclude);
    read_codes(reading, table, "deny", &config->deny);
    read_codes(reading, table, "allow", &config->allow);
    const char *severity = read_text(reading, table, "lint", "min-severity");
    if (severity != NULL && (config->min_severity = severity_by_name(severity)) < 0)
        complain(reading, "lint.min-severity", "is not hint, warning or error");
    const char *baseline = read_text(reading, table, "lint", "baseline");
    config->baseline = baseline != NULL ? copy_text(baseline) : NULL;
    config->deny_warnings = read_flag(reading, table, "lint", "deny-warnings");
}

static void read_area(struct reading *reading, struct config *config, const json_t *table, size_t number)
{
    static const char *const keys[] = {"name", "paths", "tags", "may-release", NULL};
    char *where = format_text("module[%zu]", number);
    const char *name = read_text(reading, table, where, "name");
    struct area area = {.name = copy_text(name != NULL ? name : "")};
    check_keys(reading, table, where, keys);
    if (name == NULL)
        complain(reading, where, "has no name");
    read_texts(reading, table, where, "paths", &area.paths);
    read_texts(reading, table, where, "tags", &area.tags);
    read_texts(reading, table, where, "may-release", &area.shares);
    LIST_PUSH(&config->areas, area);
    release(where);
}

static void read_areas(struct reading *reading, struct config *config, const json_t *list)
{
    size_t i;
    json_t *item;
    if (list != NULL && !json_is_array(list))
        complain(reading, "module", "is not a list: each module begins with [[module]]");
    json_array_foreach (list, i, item) {
        if (json_is_object(item))
            read_area(reading, config, item, i);
        else
            complain(reading, "module", "is not a list of tables");
    }
}

static void read_all(struct reading *reading, struct config *config, const json_t *root)
{
    static const char *const keys[] = {"lint", "hot-loops", "tags", "module", NULL};
    static const char *const loop_keys[] = {"turns", "nesting", NULL};
    static const char *const tag_keys[] = {"known", NULL};
    check_keys(reading, root, "", keys);
    read_lint(reading, config, root);
    const json_t *loops = read_table(reading, root, "hot-loops", loop_keys);
    const json_t *tags = read_table(reading, root, "tags", tag_keys);
    read_number(reading, loops, "hot-loops", "turns", &config->hot_turns);
    read_number(reading, loops, "hot-loops", "nesting", &config->hot_nesting);
    config->has_tags = tags != NULL;
    read_texts(reading, tags, "tags", "known", &config->tags);
    read_areas(reading, config, json_object_get(root, "module"));
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
    else if (reading.message == NULL)
        reading.message = format_text("%s: cannot be read", path);
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
bool glob_matches(const char *pattern, const char *text)
{
    char *anywhere = format_text("*/%s", pattern);
    bool fits = fnmatch(pattern, text, 0) == 0 || fnmatch(anywhere, text, 0) == 0;
    if (!fits && starts_with(pattern, "**/"))
        fits = fnmatch(pattern + 3, text, 0) == 0;
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
        if (path_matches(&config->areas.items[i].paths, path))
            return &config->areas.items[i];
    return NULL;
}
