/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "command.h"

#include <string.h>

/* As they are written, with their value in the same word if they have one. */
static const char *const joined[] = {"-I",
                                     "-D",
                                     "-U",
                                     "-std=",
                                     "-isystem",
                                     "-iquote",
                                     "-idirafter",
                                     "-isysroot",
                                     "--sysroot",
                                     "-stdlib=",
                                     "--target=",
                                     "-nostdinc",
                                     "-ansi",
                                     "-m32",
                                     "-m64",
                                     "-x",
                                     "-F",
                                     "-pthread",
                                     "-fsigned-char",
                                     "-funsigned-char",
                                     "-fshort-enums",
                                     "-fshort-wchar",
                                     "-fno-builtin",
                                     "-fcoroutines",
                                     "-fms-extensions",
                                     "-fblocks",
                                     "-fchar8_t",
                                     "-fno-char8_t",
                                     "-fgnu89-inline",
                                     "-fno-exceptions",
                                     "-fno-rtti",
                                     "--include-directory=",
                                     "-imacros",
                                     NULL};

/* Their value may be the next word. */
static const char *const followed[] = {"-I",        "-D",       "-U", "-isystem", "-iquote",  "-idirafter", "-isysroot",
                                       "--sysroot", "-imacros", "-x", "-F",       "-include", NULL};

/* The next word is theirs, whatever it looks like. */
static const char *const others[] = {"-o", "-MF", "-MT", "-MQ",   "-Xlinker",     "-Xassembler", "-Xpreprocessor",
                                     "-L", "-T",  "-u",  "-arch", "-include-pch", NULL};

/* What gcc or a newer clang calls by another name. */
static const char *const renamed[][2] = {
    {"-fcoroutines", "-fcoroutines-ts"}, {"-std=c23", "-std=c2x"},         {"-std=gnu23", "-std=gnu2x"},
    {"-std=c++23", "-std=c++2b"},        {"-std=gnu++23", "-std=gnu++2b"}, {"-std=c++26", "-std=c++2b"},
    {"-std=gnu++26", "-std=gnu++2b"},    {"-std=c++2c", "-std=c++2b"},     {"-std=gnu++2c", "-std=gnu++2b"}};

static bool is_among(const char *const *list, const char *word)
{
    while (*list != NULL && strcmp(*list, word) != 0)
        list++;
    return *list != NULL;
}

static bool begins_as(const char *const *list, const char *word)
{
    while (*list != NULL && !starts_with(word, *list))
        list++;
    return *list != NULL;
}

static void keep(text_list *arguments, const char *word)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(renamed[i][0], word) == 0)
            word = renamed[i][1];
    LIST_PUSH(arguments, copy_text(word));
}

static void keep_words(text_list *arguments, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool has_value = is_among(followed, words[i]);
        if (is_among(others, words[i])) {
            i++;
        } else if (has_value && i + 1 < count) {
            keep(arguments, words[i]);
            keep(arguments, words[++i]);
        } else if (!has_value && begins_as(joined, words[i])) {
            keep(arguments, words[i]);
        }
    }
}

/* CMake hands a header that is compiled beforehand to clang in pieces, each behind an -Xclang. */
void keep_for_parser(text_list *arguments, const char *const *words, size_t count)
{
    LIST(const char *) whole = {0};
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], "-Xclang") != 0)
            LIST_PUSH(&whole, words[i]);
    keep_words(arguments, whole.items, whole.count);
    LIST_FREE(&whole);
}

typedef LIST(char) byte_list;

static void end_word(text_list *words, byte_list *word, bool *open)
{
    if (*open) {
        LIST_PUSH(word, 0);
        LIST_PUSH(words, copy_text(word->items));
    }
    word->count = 0;
    *open = false;
}

/* Within double quotes a backslash stands for itself before most characters. */
static bool escapes(const char *at, char quote)
{
    return *at == '\\' && at[1] != 0 && quote != '\'' && (quote == 0 || strchr("\"\\$`\n", at[1]) != NULL);
}

void split_command(text_list *words, const char *command)
{
    byte_list word = {0};
    bool open = false;
    char quote = 0;
    for (const char *at = command; *at != 0; at++) {
        bool is_quote = (*at == '"' || *at == '\'') && (quote == 0 || quote == *at);
        if (quote == 0 && strchr(" \t\r\n", *at) != NULL) {
            end_word(words, &word, &open);
            continue;
        }
        open = true;
        if (escapes(at, quote))
            LIST_PUSH(&word, *++at);
        else if (is_quote)
            quote = quote == 0 ? *at : 0;
        else
            LIST_PUSH(&word, *at);
    }
    end_word(words, &word, &open);
    LIST_FREE(&word);
}

static char *read_response(const char *directory, const char *name)
{
    char *path = name[0] == '/' ? copy_text(name) : format_text("%s/%s", directory, name);
    char *text = read_file(path, NULL);
    release(path);
    return text;
}

enum { MOST_RESPONSES = 2000 };

/* A file that is not there is a word like any other, as it is for compilers; files that name each other end somewhere.
 */
static void expand(text_list *into, const text_list *words, const char *directory, int *left)
{
    for (size_t i = 0; i < words->count; i++) {
        bool is_response = words->items[i][0] == '@' && *left > 0;
        char *text = is_response ? read_response(directory, words->items[i] + 1) : NULL;
        text_list inner = {0};
        if (text == NULL) {
            LIST_PUSH(into, copy_text(words->items[i]));
            continue;
        }
        *left -= 1;
        split_command(&inner, text);
        expand(into, &inner, directory, left);
        free_words(&inner);
        release(text);
    }
}

void expand_responses(text_list *words, const char *directory)
{
    text_list expanded = {0};
    int left = MOST_RESPONSES;
    expand(&expanded, words, directory, &left);
    free_words(words);
    *words = expanded;
}

void free_words(text_list *words)
{
    for (size_t i = 0; i < words->count; i++)
        release(words->items[i]);
    LIST_FREE(words);
}
