/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Edits: from the end of each file to its beginning, so that offsets stay true. */
#include "select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int later_first(const void *left, const void *right)
{
    const struct fix *a = *(const struct fix *const *)left, *b = *(const struct fix *const *)right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->begin > b->begin ? -1 : a->begin < b->begin;
}

/* The statement, its casts to nothing before it and its semicolon behind it; the whole line if nothing else is on it.
 */
static void widen(const char *text, size_t length, size_t *begin, size_t *end)
{
    while (*end < length && text[*end] != ';')
        (*end)++;
    *end += *end < length;
    if (*begin >= 6 && strncmp(text + *begin - 6, "(void)", 6) == 0)
        *begin -= 6;
    size_t first = *begin, last = *end;
    while (first > 0 && (text[first - 1] == ' ' || text[first - 1] == '\t'))
        first--;
    last += strspn(text + last, " \t");
    if ((first == 0 || text[first - 1] == '\n') && text[last] == '\n') {
        *begin = first;
        *end = last + 1;
    }
}

/* The body of an `if` without braces must stay a statement. */
static bool is_alone(const char *text, size_t begin)
{
    while (begin > 0 && strchr(" \t\r\n", text[begin - 1]) != NULL)
        begin--;
    return begin == 0 || strchr(";{}", text[begin - 1]) != NULL;
}

static char *cut(char *text, size_t *length, const struct fix *fix)
{
    size_t begin = fix->begin, end = fix->end;
    if (end > *length || begin > end)
        return text;
    widen(text, *length, &begin, &end);
    const char *instead = is_alone(text, begin) ? text_of(fix->text) : ";";
    char *edited = format_text("%.*s%s%s", (int)begin, text, instead, text + end);
    if (instead[0] == ';') {
        release(edited);
        edited = format_text("%.*s%s%s", (int)fix->begin, text, instead,
                             text + fix->end + strcspn(text + fix->end, ";") + 1);
    }
    release(text);
    *length = strlen(edited);
    return edited;
}

static bool write_file(const char *path, const char *text, size_t length)
{
    char *half = format_text("%s.fa-lint", path);
    FILE *file = fopen(half, "wb");
    bool done = file != NULL && fwrite(text, 1, length, file) == length;
    if (file != NULL)
        done &= fclose(file) == 0;
    done = done && rename(half, path) == 0;
    if (!done)
        remove(half);
    release(half);
    return done;
}

static size_t fix_file(struct fix *const *fixes, size_t count)
{
    size_t length;
    const char *path = text_of(fixes[0]->file);
    char *text = read_file(path, &length);
    if (text == NULL || strlen(text) != length) {
        release(text);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        text = cut(text, &length, fixes[i]);
    bool done = write_file(path, text, length);
    release(text);
    return done ? count : 0;
}

size_t fix_files(const finding_list *findings)
{
    LIST(struct fix *) fixes = {0};
    size_t done = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].fix.file != 0)
            LIST_PUSH(&fixes, &findings->items[i].fix);
    if (fixes.count != 0)
        qsort(fixes.items, fixes.count, sizeof *fixes.items, later_first);
    for (size_t i = 0; i < fixes.count;) {
        size_t end = i + 1;
        while (end < fixes.count && fixes.items[end]->file == fixes.items[i]->file)
            end++;
        done += fix_file(fixes.items + i, end - i);
        i = end;
    }
    LIST_FREE(&fixes);
    return done;
}
