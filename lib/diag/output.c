/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/output.h"

#include "base/os.h"
#include "diag/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct fa_style {
    const char *word;
    const char *begin;
    const char *end;
} fa_style;

/* Bold red, bold yellow and bold cyan are what compilers use. */
static const fa_style styles[] = {
    [FA_SEVERITY_NOTE] = {"note", "\033[1;36m", "\033[0m"},
    [FA_SEVERITY_WARNING] = {"warning", "\033[1;33m", "\033[0m"},
    [FA_SEVERITY_ERROR] = {"error", "\033[1;31m", "\033[0m"},
};

static bool terminal_takes_color(void)
{
    const char *terminal = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0 && (refused == NULL || *refused == '\0');
}

static fa_style style_of(int32_t severity, int32_t color)
{
    fa_style style = styles[severity];
    if (color == FA_COLOR_NEVER || (color == FA_COLOR_AUTO && !terminal_takes_color()))
        style.begin = style.end = "";
    return style;
}

static void add_line(fa_text *text, const char *label, const char *line, const fa_style *style)
{
    const char *begin = *style->begin == '\0' ? "" : styles[FA_SEVERITY_NOTE].begin;
    if (line == NULL || *line == '\0')
        return;
    fa_text_add(text, "  %s%s:%s ", begin, label, style->end);
    fa_text_add_escaped(text, line, true);
    fa_text_add(text, "\n");
}

void fa_output_write(const fa_diagnostic *diagnostic, int32_t color)
{
    char buffer[4096] = "";
    fa_text text = FA_TEXT(buffer);
    fa_style style = style_of(diagnostic->severity, color);
    fa_text_add(&text, "[framealloc][%s] %s%s:%s ", diagnostic->code_text, style.begin, style.word, style.end);
    fa_text_add_escaped(&text, diagnostic->message, true);
    fa_text_add(&text, "\n");
    add_line(&text, "note", diagnostic->note, &style);
    add_line(&text, "help", diagnostic->help, &style);
    /* At once, so that reports of several threads do not mix. */
    int cancellation = fa_os_hold_cancellation();
    (void)fwrite(buffer, 1, text.used, stderr);
    fa_os_restore_cancellation(cancellation);
}
