/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Snapshots, shared among their files: snapshot.c (when), snapshot_text.c (what), snapshot_file.c (where). */
#ifndef FA_OBSERVE_SNAPSHOT_H
#define FA_OBSERVE_SNAPSHOT_H

#include "core/lane.h"
#include "core/rooms.h"

#include <framealloc/snapshot.h>

#include <limits.h>
#include <sys/types.h>

enum { FA_SNAPSHOT_DIAGNOSTICS_MAX = 256, FA_SNAPSHOT_STREAMS = 16 };

/* What there is in a snapshot. */
typedef struct fa_snapshot_scope {
    uint32_t most_tags;
    uint32_t most_threads;
    uint32_t most_diagnostics;
    char name[FA_SNAPSHOT_NAME_MAX + 1];
} fa_snapshot_scope;

struct fa_snapshot_settings {
    bool automatic;
    uint32_t interval_ms;
    uint32_t kept;
    fa_snapshot_scope scope;
    char folder[PATH_MAX];
    char request_file[FA_SNAPSHOT_NAME_MAX + 1]; /* "" for none */
};

/* The moment that a snapshot is of. */
typedef struct fa_snapshot_moment {
    uint64_t stamp; /* microseconds since 1970 */
    uint64_t sequence; /* 1 for the first file, 0 for none */
    uint64_t frame;
    uint64_t lane; /* id, 0 for none */
    uint64_t duration_ns;
} fa_snapshot_moment;

/* As in 2026-11-21T07:04:11.123456Z; compact leaves out - and :. */
enum { FA_SNAPSHOT_TIME_SIZE = 80 };
void fa_snapshot_describe_time(uint64_t stamp, bool compact, char text[static FA_SNAPSHOT_TIME_SIZE]);

/* Writes the text into memory of some size, terminated; needed receives the bytes that all of it takes. */
fa_status fa_snapshot_compose(fa_allocator *a, const fa_snapshot_scope *scope, const fa_snapshot_moment *moment,
                              char *buffer, size_t size, size_t *needed);

/* Writes a file that appears whole or not at all, and removes what is too much. 0 or an errno. */
int fa_snapshot_store(fa_allocator *a, const fa_snapshot_settings *settings, uint64_t stamp, const char *text,
                      size_t length);

/* Takes a request out of the folder, if there is one for this allocator. */
bool fa_snapshot_take_request(fa_allocator *a, const fa_snapshot_settings *settings);

void fa_snapshot_frame_ended(fa_lane *lane, const fa_frame_span *span);

extern const fa_room fa_snapshot_room;

#endif
