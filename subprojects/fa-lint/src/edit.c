/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "edit.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

/* A macro of the program may do more than the call that it makes. */
static bool is_call_of_library(const char *text, size_t begin, size_t end)
{
    if (end - begin < strlen("fa_x()") || strncmp(text + begin, "fa_", 3) != 0 || text[end - 1] != ')')
        return false;
    while (is_word(text[begin]))
        begin++;
    return text[begin + strspn(text + begin, " \t")] == '(';
}

static size_t after_quoted(const char *text, size_t at, size_t end)
{
    char quote = text[at++];
    while (at < end && text[at] != quote && text[at] != '\n')
        at += text[at] == '\\' ? 2 : 1;
    return at + 1;
}

static size_t after_line(const char *text, size_t at, size_t end)
{
    while (at < end && (text[at] != '\n' || text[at - 1] == '\\'))
        at++;
    return at;
}

static size_t after_comment(const char *text, size_t at, size_t end)
{
    const char *close = strstr(text + at + 2, "*/");
    return close != NULL ? (size_t)(close - text) + 2 : end;
}

/* The character of the program before a place: comments, directives and blanks left out. */
static char character_before(const char *text, size_t end)
{
    char last = ';';
    bool fresh = true;
    for (size_t at = 0; at < end;) {
        char byte = text[at];
        if (byte == '/' && (text[at + 1] == '/' || text[at + 1] == '*')) {
            at = text[at + 1] == '/' ? after_line(text, at, end) : after_comment(text, at, end);
        } else if (byte == '#' && fresh) {
            at = after_line(text, at + 1, end);
        } else if (byte == '"' || (byte == '\'' && (at == 0 || !is_word(text[at - 1])))) {
            last = byte;
            at = after_quoted(text, at, end);
        } else {
            if (!isspace((unsigned char)byte))
                last = byte;
            fresh = byte == '\n' || (fresh && isspace((unsigned char)byte));
            at++;
        }
    }
    return last;
}

static size_t before_blanks(const char *text, size_t at)
{
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
        at--;
    return at;
}

static size_t without_cast(const char *text, size_t begin)
{
    size_t before = before_blanks(text, begin);
    return before >= 6 && strncmp(text + before - 6, "(void)", 6) == 0 ? before - 6 : begin;
}

/* The whole line, if there is nothing else on it. */
static void widen(const char *text, struct edit *edit)
{
    size_t first = before_blanks(text, edit->begin), last = edit->end + strspn(text + edit->end, " \t\r");
    if ((first != 0 && text[first - 1] != '\n') || (text[last] != '\n' && text[last] != 0))
        return;
    edit->begin = first;
    edit->end = last + (text[last] == '\n');
}

bool edit_of_fix(const char *text, size_t length, const struct fix *fix, struct edit *edit)
{
    if (fix->file == 0 || fix->end > length || fix->begin >= fix->end ||
        !is_call_of_library(text, fix->begin, fix->end))
        return false;
    size_t end = fix->end + strspn(text + fix->end, " \t\r\n");
    if (text[end] != ';')
        return false;
    *edit = (struct edit){without_cast(text, fix->begin), end + 1, ""};
    /* The body of an `if` without braces must stay a statement. */
    if (strchr(";{}", character_before(text, edit->begin)) == NULL)
        edit->instead = "{}";
    else
        widen(text, edit);
    return true;
}

void keep_safe_fixes(finding_list *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct fix *fix = &findings->items[i].fix;
        struct edit edit;
        size_t length = 0;
        char *text = fix->file != 0 ? read_file(text_of(fix->file), &length) : NULL;
        if (text == NULL || !edit_of_fix(text, length, fix, &edit))
            *fix = (struct fix){0};
        release(text);
    }
}
