/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef TOP_TERMINAL_H
#define TOP_TERMINAL_H

#include "watcher.h"

/* Shows the folder until the user quits; the exit status of the program. */
int terminal_run(watcher *w, int milliseconds);

#endif
