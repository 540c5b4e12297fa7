/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The findings that an old code base begins with: listed once, then left out. */
#include "output_json.h"
#include "select.h"

#include <stdio.h>
#include <string.h>

static json_t *entry_of(const struct finding *finding)
{
    char print[24];
    snprintf(print, sizeof print, "%016llx", (unsigned long long)fingerprint(finding));
    return json_pack("{s:s, s:o, s:o, s:s}", "code", text_of(finding->code), "file",
                     json_text(short_path(finding->at.file)), "function", json_text(text_of(finding->function)),
                     "fingerprint", print);
}

bool baseline_write(const finding_list *findings, const char *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++)
        json_array_append_new(list, entry_of(&findings->items[i]));
    json_t *root = json_pack("{s:i, s:o}", "version", 1, "findings", list);
    char *half = format_text("%s.new", path);
    bool written = json_dump_file(root, half, JSON_INDENT(1)) == 0 && rename(half, path) == 0;
    json_decref(root);
    release(half);
    return written;
}

/* Each entry accounts for one finding, so that a second one in the same line is new. */
static bool take_from(json_t *list, const struct finding *finding)
{
    json_t *entry = entry_of(finding), *item;
    size_t i;
    bool found = false;
    json_array_foreach (list, i, item)
        if (json_equal(json_object_get(item, "fingerprint"), json_object_get(entry, "fingerprint"))) {
            json_array_remove(list, i);
            found = true;
            break;
        }
    json_decref(entry);
    return found;
}

bool baseline_apply(finding_list *findings, const char *path, char **message)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    json_t *list = json_object_get(root, "findings");
    if (!json_is_array(list)) {
        *message = root != NULL     ? format_text("%s: is no baseline", path)
                   : error.line > 0 ? format_text("%s:%d: %s", path, error.line, error.text)
                                    : format_text("%s", error.text);
        json_decref(root);
        return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (take_from(list, &findings->items[i]))
            LIST_FREE(&findings->items[i].notes);
        else
            findings->items[kept++] = findings->items[i];
    findings->count = kept;
    json_decref(root);
    return true;
}
