/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lifetime.h"

#include <framealloc/framealloc.h>

/* The recording stops before the blocks of its last frame are freed: they live at least until the next one, and most
 * blocks that do go there. */
static void outlive_recording(struct lifetime *lifetimes, const struct trace *trace)
{
    for (uint32_t i = 0; i < trace->objects; i++)
        if (lifetimes[i].died == FRAME_NONE && lifetimes[i].born == trace->frames - 1)
            lifetimes[i].died = trace->frames;
}

struct lifetime *lifetimes_of(const struct trace *trace)
{
    struct lifetime *lifetimes = bulk_array(trace->objects, sizeof *lifetimes);
    for (uint32_t i = 0; i < trace->objects; i++)
        lifetimes[i] = (struct lifetime){FRAME_NONE, FRAME_NONE, 0};
    uint32_t frame = FRAME_LOADING;
    for (size_t i = 0; i < trace->count; i++) {
        struct record record = trace_record(trace, i);
        if (record.op == RECORD_FRAME_END)
            frame++;
        else if (record.op == RECORD_ALLOCATE)
            lifetimes[record.object] = (struct lifetime){frame, FRAME_NONE, record.thread};
        else
            lifetimes[record.object].died = frame;
    }
    outlive_recording(lifetimes, trace);
    return lifetimes;
}

void lifetimes_free(struct lifetime *lifetimes, const struct trace *trace)
{
    bulk_array_free(lifetimes, trace->objects, sizeof *lifetimes);
}

enum fate lifetime_fate(const struct lifetime *life)
{
    if (life->born == FRAME_LOADING || life->died == FRAME_NONE || life->died - life->born > FA_FRAMES_AHEAD_MAX)
        return FATE_BLOCK;
    return life->died == life->born ? FATE_FRAME : FATE_AHEAD;
}
