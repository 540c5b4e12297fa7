/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "canvas.h"

#include <stdlib.h>
#include <string.h>

void canvas_resize(canvas *c, int width, int height)
{
    size_t count = (size_t)width * (size_t)height;
    cell *cells = realloc(c->cells, (count + 1) * sizeof *cells);
    if (cells == NULL) {
        (void)fputs("framealloc-top: out of memory\n", stderr);
        exit(1);
    }
    c->cells = cells;
    c->width = width;
    c->height = height;
    for (size_t i = 0; i < count; i++)
        cells[i] = (cell){L' ', PLAIN};
}

void canvas_free(canvas *c)
{
    free(c->cells);
    c->cells = NULL;
}

static cell *cell_at(const canvas *c, int row, int column)
{
    if (row < 0 || row >= c->height || column < 0 || column >= c->width)
        return NULL;
    return &c->cells[(size_t)row * (size_t)c->width + (size_t)column];
}

static void put(canvas *c, int row, int column, wchar_t character, style s)
{
    cell *at = cell_at(c, row, column);
    if (at != NULL)
        *at = (cell){character, s};
}

/* The next character of valid UTF-8. */
static wchar_t next_character(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    unsigned length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    unsigned long value = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length && bytes[i] != 0; i++)
        value = value << 6 | (bytes[i] & 0x3f);
    *text += strnlen(*text, length);
    return (wchar_t)value;
}

static bool steers_terminal(wchar_t character)
{
    bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);
    bool turns = (character >= 0x200b && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
                 (character >= 0x2066 && character <= 0x2069);
    return control || turns;
}

/* Nothing that could steer the terminal or turn the direction of the text gets there. */
static wchar_t harmless(const canvas *c, wchar_t character, int *width)
{
    bool steers = steers_terminal(character);
    bool foreign = character >= 0x80 && !c->unicode;
    *width = steers || foreign ? 1 : wcwidth(character);
    if (steers || foreign || *width < 0) {
        *width = 1;
        return c->unicode ? 0xfffd : L'?';
    }
    return character;
}

static int width_of(const canvas *c, const char *text)
{
    int sum = 0;
    while (*text != '\0') {
        int width;
        (void)harmless(c, next_character(&text), &width);
        sum += width;
    }
    return sum;
}

void canvas_text(canvas *c, int row, int column, int width, style s, const char *text)
{
    bool cut = width_of(c, text) > width;
    int end = column + (cut ? width - 1 : width);
    while (*text != '\0') {
        int wide;
        wchar_t character = harmless(c, next_character(&text), &wide);
        if (wide == 0)
            continue;
        if (column + wide > end)
            break;
        put(c, row, column, character, s);
        for (int i = 1; i < wide; i++)
            put(c, row, column + i, 0, s);
        column += wide;
    }
    if (cut && width > 0)
        put(c, row, column, c->unicode ? 0x2026 : L'~', s);
}

void canvas_right(canvas *c, int row, int column, int width, style s, const char *text)
{
    int needed = width_of(c, text);
    int shift = needed < width ? width - needed : 0;
    canvas_text(c, row, column + shift, width - shift, s, text);
}

void canvas_style_row(canvas *c, int row, style s)
{
    for (int column = 0; column < c->width; column++) {
        cell *at = cell_at(c, row, column);
        if (at != NULL)
            at->style = s;
    }
}

void canvas_bar(canvas *c, int row, int column, int width, double share, style s)
{
    double filled = share < 0 ? 0 : share > 1 ? width : share * width;
    for (int i = 0; i < width; i++) {
        bool full = i < (int)(filled + 0.5);
        put(c, row, column + i, c->unicode ? (full ? 0x2588 : 0x2591) : (full ? L'#' : L'-'), full ? s : DIM);
    }
}

static double highest_of(const double *values, int count)
{
    double highest = 0;
    for (int i = 0; i < count; i++)
        highest = values[i] > highest ? values[i] : highest;
    return highest;
}

void canvas_trend(canvas *c, int row, int column, int width, style s, const double *values, int count)
{
    static const char plain[] = "_.:-=+*#";
    int shown = count < width ? count : width;
    values += count - shown;
    double highest = highest_of(values, shown);
    for (int i = 0; i < shown; i++) {
        int level = highest > 0 ? (int)(values[i] / highest * 7.0 + 0.5) : 0;
        put(c, row, column + width - shown + i, c->unicode ? 0x2581 + level : (wchar_t)plain[level], s);
    }
}

static void print_row(const canvas *c, int row, FILE *to)
{
    int end = c->width;
    while (end > 0 && cell_at(c, row, end - 1)->character == L' ')
        end--;
    for (int column = 0; column < end; column++) {
        wchar_t character = cell_at(c, row, column)->character;
        if (character != 0)
            (void)fprintf(to, "%lc", (wint_t)character);
    }
    (void)fputc('\n', to);
}

void canvas_print(const canvas *c, FILE *to)
{
    for (int row = 0; row < c->height; row++)
        print_row(c, row, to);
}
