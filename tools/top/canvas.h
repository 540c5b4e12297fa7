/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A picture made of characters, to be shown on a terminal or printed. */
#ifndef TOP_CANVAS_H
#define TOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

typedef enum style { PLAIN, BOLD, DIM, TITLE, SELECTED, GOOD, WARN, BAD, STYLES } style;

typedef struct cell {
    wchar_t character; /* 0 behind a wide one */
    style style;
} cell;

typedef struct canvas {
    int width;
    int height;
    bool unicode; /* whether the terminal knows more than ASCII */
    cell *cells;
} canvas;

/* Makes it empty. */
void canvas_resize(canvas *c, int width, int height);
void canvas_free(canvas *c);

/* Writes UTF-8 into a field of a row, cut with an ellipsis if it is too long. Control characters become U+FFFD or ?. */
void canvas_text(canvas *c, int row, int column, int width, style s, const char *text);
void canvas_right(canvas *c, int row, int column, int width, style s, const char *text);
void canvas_style_row(canvas *c, int row, style s);

/* A bar of which a share is filled, and small bars for values, newest at the right. */
void canvas_bar(canvas *c, int row, int column, int width, double share, style s);
void canvas_trend(canvas *c, int row, int column, int width, style s, const double *values, int count);

void canvas_print(const canvas *c, FILE *to);

#endif
