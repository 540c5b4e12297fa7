/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reading a whole file, unpacked if it is zstd. */
#ifndef REPLAY_INPUT_H
#define REPLAY_INPUT_H

#include "bulk.h"

#include <stdbool.h>
#include <zstd.h>

struct input {
    struct bulk content;
    /* Kept until input_close(): freeing its window earlier would change how the measured malloc behaves. */
    ZSTD_DCtx *unpacker;
};

/* Complains and returns false if the file cannot be read or unpacked. */
bool input_open(struct input *input, const char *path);
void input_close(struct input *input);

#endif
