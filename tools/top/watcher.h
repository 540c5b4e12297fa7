/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Keeps a model and a view up to date with a folder. */
#ifndef TOP_WATCHER_H
#define TOP_WATCHER_H

#include "view.h"

typedef struct watcher {
    const char *folder;
    const char *request_file;
    unsigned long long pid;       /* 0 for any */
    unsigned long long allocator; /* 0 for any */
    bool chosen;                  /* shown was chosen by hand */
    char last[NAME_SIZE];         /* file taken in last, or left out as unreadable */
    model model;
    view view;
    canvas canvas;
} watcher;

/* Looks for news. False with errno if the folder cannot be read. */
bool watcher_look(watcher *w);

/* Shows the next series of the folder. */
void watcher_next(watcher *w);

void watcher_request(watcher *w);
void watcher_free(watcher *w);

#endif
