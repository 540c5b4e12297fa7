/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A recorded allocation trace, read and checked. The format is described in README.md. */
#ifndef REPLAY_TRACE_H
#define REPLAY_TRACE_H

#include "input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_ALLOCATE = 1, RECORD_FREE = 2, RECORD_FRAME_END = 3 };

struct record {
    uint8_t op;
    uint8_t thread;
    uint8_t align_log2; /* 0: the default alignment. */
    uint8_t zeroed;
    uint32_t size;
    uint32_t object; /* For RECORD_FRAME_END the number of the frame. */
};

struct trace {
    struct input input;
    char name[64]; /* File name without directories and endings. */
    uint32_t frames;
    uint32_t threads;
    uint32_t objects;
    size_t count;
};

/* Complains and returns false if the file is not a whole and sound trace. */
bool trace_open(struct trace *trace, const char *path);
void trace_close(struct trace *trace);

struct record trace_record(const struct trace *trace, size_t index);

#endif
