/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The picture of a model. */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "canvas.h"
#include "folder.h"
#include "model.h"

typedef enum panel { TAGS, LANES, REPORTS, PANELS } panel;
typedef enum order { BY_BYTES, BY_FRAME, BY_BUDGET, BY_NAME, ORDERS } order;

typedef struct view {
    const char *folder;
    series shown;
    int series_count;
    bool lives;
    bool paused;
    bool help;
    bool keys; /* a line that names the keys */
    order sort;
    panel selected;
    int scroll[PANELS]; /* corrected when drawn */
    double now;         /* seconds since 1970 */
    char notice[200];
} view;

/* Rows that everything takes. */
int view_height(const model *m);

/* The canvas has its size already; at least 40 columns and 10 rows make sense. */
void view_draw(canvas *c, view *v, const model *m);

#endif
