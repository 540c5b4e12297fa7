/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "explain.h"
#include "codes.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 100 };

static void put_wrapped(const char *text)
{
    for (size_t column = 0; *text != 0;) {
        size_t length = strcspn(text, " ");
        if (column != 0 && column + 1 + length > WIDTH) {
            putchar('\n');
            column = 0;
        }
        column += (size_t)printf(column != 0 ? " %.*s" : "%.*s", (int)length, text);
        text += length + strspn(text + length, " ");
    }
    putchar('\n');
}

static bool is_own(const struct code *code)
{
    return code->category[0] != 0;
}

/* What is a hint before the program runs is a note while it runs. */
static const char *severity_of(const struct code *code)
{
    return code->severity == SEVERITY_HINT && !is_own(code) ? "note" : severity_name(code->severity);
}

/* A number may be the analyser's and the library's: both are told. */
bool explain_code(const char *name)
{
    size_t told = 0;
    for (size_t i = 0; i < code_count; i++) {
        const struct code *code = &codes[i];
        if (strcmp(code->name, name) != 0)
            continue;
        const char *whose = is_own(code) ? code->category : "raised by the library at run time";
        printf("%s%s (%s, %s): %s\n\n", told++ != 0 ? "\n" : "", name, severity_of(code), whose, code->title);
        put_wrapped(code->explain);
        printf("\nhelp: %s\n", code->help);
    }
    if (told == 0)
        fprintf(stderr, "fa-lint: %s: is no code; fa-lint list shows all\n", name);
    return told != 0 && fflush(stdout) == 0;
}

bool list_codes(void)
{
    for (size_t i = 0; i < code_count; i++)
        printf("%s  %-7s  %-12s  %s\n", codes[i].name, severity_of(&codes[i]),
               is_own(&codes[i]) ? codes[i].category : "run-time", codes[i].title);
    return fflush(stdout) == 0;
}
