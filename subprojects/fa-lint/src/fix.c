/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Edits: from the end of each file to its beginning, so that offsets stay true. */
#include "edit.h"
#include "select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef LIST(struct finding *) fixable_list;

static int later_first(const void *left, const void *right)
{
    const struct fix *a = &(*(struct finding *const *)left)->fix, *b = &(*(struct finding *const *)right)->fix;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->begin > b->begin ? -1 : a->begin < b->begin;
}

static char *edited(char *text, const struct edit *edit)
{
    char *result = format_text("%.*s%s%s", (int)edit->begin, text, edit->instead, text + edit->end);
    release(text);
    return result;
}

/* The file is replaced as a whole, or not at all; who may read it stays as it was. */
static bool write_file(const char *path, const char *text)
{
    char *half = format_text("%s.fa-lint", path);
    struct stat status;
    FILE *file = stat(path, &status) == 0 ? fopen(half, "wb") : NULL;
    bool done = file != NULL && fputs(text, file) >= 0 && fchmod(fileno(file), status.st_mode & 07777) == 0;
    if (file != NULL)
        done &= fclose(file) == 0;
    done = done && rename(half, path) == 0;
    if (!done)
        remove(half);
    release(half);
    return done;
}

/* Two findings may ask for the same edit, or for edits that meet: the second is not made. */
static size_t fix_file(struct finding *const *findings, size_t count)
{
    size_t length, done = 0, from;
    const char *path = text_of(findings[0]->fix.file);
    char *text = read_file(path, &length);
    if (text == NULL || strlen(text) != length) {
        release(text);
        return 0;
    }
    from = length + 1;
    for (size_t i = 0; i < count; i++) {
        struct edit edit;
        bool same = i > 0 && findings[i]->fix.begin == findings[i - 1]->fix.begin && findings[i - 1]->mended;
        findings[i]->mended = same;
        if (same || !edit_of_fix(text, length, &findings[i]->fix, &edit) || edit.end > from)
            continue;
        from = edit.begin;
        text = edited(text, &edit);
        length = strlen(text);
        findings[i]->mended = true;
    }
    bool written = write_file(path, text);
    for (size_t i = 0; i < count; i++)
        done += findings[i]->mended = findings[i]->mended && written;
    release(text);
    return done;
}

size_t fix_files(finding_list *findings)
{
    fixable_list fixable = {0};
    size_t done = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].fix.file != 0)
            LIST_PUSH(&fixable, &findings->items[i]);
    if (fixable.count != 0)
        qsort(fixable.items, fixable.count, sizeof *fixable.items, later_first);
    for (size_t i = 0; i < fixable.count;) {
        size_t end = i + 1;
        while (end < fixable.count && fixable.items[end]->fix.file == fixable.items[i]->fix.file)
            end++;
        done += fix_file(fixable.items + i, end - i);
        i = end;
    }
    LIST_FREE(&fixable);
    return done;
}
