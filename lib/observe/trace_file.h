/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The file of a trace, in the Chrome trace event format ("Trace Event Format", the JSON object form). Not for two
 * threads at once. */
#ifndef FA_OBSERVE_TRACE_FILE_H
#define FA_OBSERVE_TRACE_FILE_H

#include "observe/trace_buffer.h"

enum { FA_TRACE_ROOM = 64 * 1024 };

typedef struct fa_trace_file {
    fa_allocator *allocator;
    uint64_t begun; /* times are counted from here */
    uint64_t limit;
    uint64_t bytes; /* so far */
    uint64_t written;
    uint64_t dropped;    /* events without a place in the file */
    uint64_t overflowed; /* records without a place in a buffer; known at the end */
    int descriptor;
    int failed; /* errno of what failed first */
    size_t used;
    char *path;
    char *temporary;
    char room[FA_TRACE_ROOM]; /* not written yet */
} fa_trace_file;

/* Makes the file under a name of its own, and begins it. errno, 0 for success. */
int fa_trace_file_open(fa_trace_file *file, fa_allocator *a, const char *path, uint64_t limit);

void fa_trace_file_names(fa_trace_file *file, const fa_lane *lane);
void fa_trace_file_record(fa_trace_file *file, const fa_lane *lane, const fa_trace_record *record);
void fa_trace_file_flush(fa_trace_file *file);

/* Ends the file and gives it its name; or removes it, if anything failed. errno, 0 for success. */
int fa_trace_file_close(fa_trace_file *file);

/* Lets go of it as it is: it is another process'. */
void fa_trace_file_abandon(fa_trace_file *file);

#endif
