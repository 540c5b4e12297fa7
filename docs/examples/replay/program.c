/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "program.h"

#include "emit.h"

#include <string.h>

#define LANES 256

/* From this many frame blocks on, a window is worth opening. */
#define WINDOW_MIN_BLOCKS 4

/* Blocks above this size would leave too much of a window's stretch unused. */
#define WINDOW_MAX_SIZE 8192

/* The frames in which a lane takes part: from its first frame block to the last expiry. */
struct span {
    uint32_t first;
    uint32_t last; /* Before `first` if the lane has no frame blocks. */
};

struct plan {
    struct emitter emitter;
    struct span spans[LANES];
    uint32_t *small_blocks; /* For each frame: how many blocks would come from a window. */
    uint32_t lane;          /* Bound now. */
    unsigned char begun[LANES];
};

static int fits_window(const struct record *record, enum fate fate)
{
    return fate == FATE_FRAME && record->thread == 0 && record->size <= WINDOW_MAX_SIZE && !is_aligned(record);
}

static void widen(struct span *span, const struct lifetime *life)
{
    if (span->first > life->born)
        span->first = life->born;
    if (span->last < life->died)
        span->last = life->died;
}

/* The main thread begins and ends every frame after loading; other threads only where they use frame memory. */
static void survey_frames(struct plan *plan, const struct trace *trace, const struct lifetime *lifetimes)
{
    for (uint32_t i = 0; i < LANES; i++)
        plan->spans[i] = (struct span){FRAME_NONE, FRAME_LOADING};
    plan->spans[0] = (struct span){FRAME_LOADING + 1, trace->frames};
    plan->small_blocks = bulk_array((size_t)trace->frames + 1, sizeof *plan->small_blocks);
    for (size_t i = 0; i < trace->count; i++) {
        struct record record = trace_record(trace, i);
        if (record.op != RECORD_ALLOCATE)
            continue;
        const struct lifetime *life = &lifetimes[record.object];
        if (lifetime_fate(life) != FATE_BLOCK)
            widen(&plan->spans[record.thread], life);
        plan->small_blocks[life->born] += (uint32_t)fits_window(&record, lifetime_fate(life));
    }
}

static int has_window(const struct plan *plan)
{
    return plan->small_blocks[plan->emitter.frame] >= WINDOW_MIN_BLOCKS;
}

static void bind(struct plan *plan, uint32_t lane)
{
    if (plan->lane != lane)
        emit(&plan->emitter, OP_BIND, lane);
    plan->lane = lane;
}

static void begin_frames(struct plan *plan)
{
    for (uint32_t lane = plan->emitter.trace->threads; lane-- > 0;) {
        struct span span = plan->spans[lane];
        if (plan->emitter.frame < span.first || plan->emitter.frame > span.last)
            continue;
        bind(plan, lane);
        emit(&plan->emitter, lane == 0 && has_window(plan) ? OP_BEGIN_WINDOW : OP_BEGIN, 0);
        plan->begun[lane] = 1;
    }
}

/* The main lane first: its window is closed before another lane is bound. */
static void end_frames(struct plan *plan)
{
    for (uint32_t lane = 0; lane < plan->emitter.trace->threads; lane++) {
        if (!plan->begun[lane])
            continue;
        bind(plan, lane);
        emit(&plan->emitter, OP_END, 0);
        plan->begun[lane] = 0;
    }
}

static void plan_ahead(struct plan *plan, const struct record *record, uint32_t frames)
{
    emit_allocation(&plan->emitter, is_special(record) ? OP_AHEAD_SPECIAL : OP_AHEAD, frames, record);
}

static void plan_allocation(struct plan *plan, const struct record *record)
{
    const struct lifetime *life = &plan->emitter.lifetimes[record->object];
    enum fate fate = lifetime_fate(life);
    bind(plan, record->thread);
    if (fate == FATE_BLOCK)
        emit_block(&plan->emitter, record);
    else if (fate == FATE_AHEAD)
        plan_ahead(plan, record, life->died - life->born);
    else if (fits_window(record, fate) && has_window(plan))
        emit_allocation(&plan->emitter, record->zeroed ? OP_WINDOW_ZEROED : OP_WINDOW, 0, record);
    else
        emit_allocation(&plan->emitter, OP_FRAME, 0, record);
}

static void plan_free(struct plan *plan, const struct record *record)
{
    if (lifetime_fate(&plan->emitter.lifetimes[record->object]) != FATE_BLOCK)
        return;
    bind(plan, record->thread);
    emit_release(&plan->emitter, record);
}

/* Cuts the program in two where loading ends. */
static void end_loading(struct emitter *emitter)
{
    emit(emitter, OP_STOP, 0);
    emitter->program->timed = emitter->program->ops.size / sizeof(struct op);
}

static void plan_frame_end(struct plan *plan)
{
    struct emitter *emitter = &plan->emitter;
    if (emitter->frame == FRAME_LOADING) {
        bind(plan, 0);
        end_loading(emitter);
    } else {
        end_frames(plan);
        emit(emitter, OP_MARK, 0);
    }
    emitter->frame++;
    if (emitter->frame < emitter->trace->frames)
        begin_frames(plan);
}

/* Records behind the last frame end belong to a frame that was not recorded whole; they are left out. */
static size_t whole_frames(const struct trace *trace)
{
    size_t count = trace->count;
    while (trace_record(trace, count - 1).op != RECORD_FRAME_END)
        count--;
    return count;
}

void program_for_framealloc(struct program *program, const struct trace *trace, const struct lifetime *lifetimes)
{
    struct plan plan;
    memset(&plan, 0, sizeof plan);
    emitter_open(&plan.emitter, program, trace, lifetimes);
    survey_frames(&plan, trace, lifetimes);
    size_t count = whole_frames(trace);
    for (size_t i = 0; i < count; i++) {
        struct record record = trace_record(trace, i);
        program->operations += record.op != RECORD_FRAME_END && plan.emitter.frame != FRAME_LOADING;
        if (record.op == RECORD_ALLOCATE)
            plan_allocation(&plan, &record);
        else if (record.op == RECORD_FREE)
            plan_free(&plan, &record);
        else
            plan_frame_end(&plan);
    }
    bind(&plan, 0);
    bulk_array_free(plan.small_blocks, (size_t)trace->frames + 1, sizeof *plan.small_blocks);
    emitter_close(&plan.emitter);
}

void program_for_malloc(struct program *program, const struct trace *trace, const struct lifetime *lifetimes)
{
    struct emitter emitter;
    emitter_open(&emitter, program, trace, lifetimes);
    size_t count = whole_frames(trace);
    for (size_t i = 0; i < count; i++) {
        struct record record = trace_record(trace, i);
        program->operations += record.op != RECORD_FRAME_END && emitter.frame != FRAME_LOADING;
        if (record.op == RECORD_ALLOCATE)
            emit_block(&emitter, &record);
        else if (record.op == RECORD_FREE)
            emit_release(&emitter, &record);
        else if (emitter.frame++ == FRAME_LOADING)
            end_loading(&emitter);
        else
            emit(&emitter, OP_MARK, 0);
    }
    emitter_close(&emitter);
}

void program_free(struct program *program)
{
    bulk_free(&program->ops);
    bulk_free(&program->objects);
    bulk_free(&program->leftovers);
}
