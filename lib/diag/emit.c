/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/emit.h"

#include "account/tag.h"
#include "base/os.h"
#include "core/call.h"
#include "core/lane.h"
#include "frame/frame.h"

#include <framealloc/diagnostic.h>

#include <stdio.h>

typedef struct fa_code_text {
    int32_t code;
    int32_t severity;
    const char *message;
    const char *help;
} fa_code_text;

static const fa_code_text texts[] = {
#define FA_DIAGNOSTIC(code, severity, message, help) {code, FA_SEVERITY_##severity, message, help},
#include "diag/codes.def"
#undef FA_DIAGNOSTIC
};

enum { CODES = sizeof texts / sizeof *texts, FIRST_REPORTS = 8 };
_Static_assert(CODES <= FA_REPORT_CODES, "an allocator counts reports by code");

/* Reports made with no allocator at hand. */
static fa_counter reports_without_allocator[CODES];

static unsigned index_of(int32_t code)
{
    unsigned index = 0;
    while (index + 1 < CODES && texts[index].code != code)
        index++;
    return index;
}

static uint64_t count(fa_allocator *a, unsigned index)
{
    fa_counter *counter = a == NULL ? &reports_without_allocator[index] : &a->reports[index];
    return atomic_fetch_add_explicit(counter, 1, memory_order_relaxed) + 1;
}

static bool due(uint64_t occurrences)
{
    return occurrences <= FIRST_REPORTS || fa_is_power_of_two(occurrences);
}

static const char *severity_word(int32_t severity)
{
    return severity == FA_SEVERITY_ERROR ? "error" : severity == FA_SEVERITY_WARNING ? "warning" : "note";
}

static void write_to_stderr(const fa_diagnostic *diagnostic)
{
    /* One call, so that reports of several threads do not mix. */
    (void)fprintf(stderr, "[framealloc][FA%03d] %s: %s\n  note: %s\n  help: %s\n", diagnostic->code,
                  severity_word(diagnostic->severity), diagnostic->message, diagnostic->note, diagnostic->help);
}

static void deliver(fa_allocator *a, const fa_diagnostic *diagnostic)
{
    fa_diagnostic_sink sink = NULL;
    void *user = NULL;
    if (a != NULL) {
        fa_mutex_lock(&a->lock);
        sink = a->sink;
        user = a->sink_user;
        fa_mutex_unlock(&a->lock);
    }
    if (sink != NULL)
        sink(user, diagnostic);
    else
        write_to_stderr(diagnostic);
}

/* "under tag ai::paths ", or nothing. */
static void describe_tag(fa_allocator *a, const fa_lane *lane, char *buffer, size_t size)
{
    char path[128] = "";
    if (lane != NULL && lane->account.current != NULL)
        (void)fa_tag_path(a, fa_tag_id(a, lane->account.current), path, sizeof path);
    (void)snprintf(buffer, size, "%s%s%s", path[0] != 0 ? "under tag " : "", path, path[0] != 0 ? " " : "");
}

static uint64_t describe_place(fa_allocator *a, char *buffer, size_t size)
{
    char thread[16];
    char tag[160];
    fa_os_thread_name(thread, sizeof thread);
    fa_lane *lane = a == NULL ? NULL : fa_lane_existing(a);
    uint64_t frame = lane == NULL ? 0 : fa_frame_current(lane);
    describe_tag(a, lane, tag, sizeof tag);
    if (lane == NULL || frame == 0)
        (void)snprintf(buffer, size, "%son thread \"%s\", before its first frame", tag, thread);
    else
        (void)snprintf(buffer, size, "%son thread \"%s\", %s frame %llu", tag, thread,
                       fa_frame_running(lane) ? "in" : "after", (unsigned long long)frame);
    return frame;
}

void fa_diag_emit(fa_allocator *a, const fa_report *report)
{
    unsigned index = index_of(report->code);
    uint64_t occurrences = count(a, index);
    if (!due(occurrences))
        return;
    char place[256];
    char note[512];
    uint64_t frame = describe_place(a, place, sizeof place);
    (void)snprintf(note, sizeof note, "%s (%s)", report->note, place);
    deliver(a, &(fa_diagnostic){sizeof(fa_diagnostic), texts[index].severity, texts[index].code, report->status,
                                texts[index].message, note, texts[index].help, frame, occurrences});
}

fa_status fa_diagnostic_set_sink(fa_allocator *a, fa_diagnostic_sink sink, void *user)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->lock);
    a->sink = sink;
    a->sink_user = user;
    fa_mutex_unlock(&a->lock);
    return FA_OK;
}
