/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ways out of a function: what is wrong with them, and what callers are told. */
#include "explore_parts.h"

#include <string.h>

void note_leaving(struct exploration *ex, const struct state *state, struct place at)
{
    for (size_t i = 0; i < state->frames.count; i++) {
        const struct frame *frame = &state->frames.items[i];
        if (frame->here == 0 || frame->begun.file == 0 ||
            (frame->status != FRAME_RUNNING && frame->status != FRAME_NONE))
            continue;
        LIST_PUSH(&ex->leavings, (struct leaving){frame->begun, at, frame->status == FRAME_RUNNING});
    }
}

static void check_result(struct exploration *ex, struct state *state, struct value result, struct place at)
{
    struct symbol *symbol = symbol_of(state, result);
    if (symbol == NULL || symbol->object != FRAME_BLOCK)
        return;
    if (symbol->status == ENDED_FRAME || symbol->status == PROMOTED || symbol->status == ROLLED_BACK) {
        struct finding *finding = report(ex, "FA601", at, "frame memory is returned after %s",
                                         symbol->status == ROLLED_BACK ? "it was rolled back" : "its frame ended");
        add_note(finding, symbol->died, "it went here");
        add_note(finding, symbol->born, "it was allocated here");
        symbol->object = NO_OBJECT;
    }
}

void log_result(struct exploration *ex, struct state *state, struct place at)
{
    struct value base = {V_LOCAL, 0, ex->function->result_local, 0, 0};
    for (size_t i = 0; i < state->bindings.count; i++) {
        struct binding binding = state->bindings.items[i];
        if (!is_inside(binding.address, base))
            continue;
        check_result(ex, state, binding.value, at);
        struct event event = make_event(EVENT_RETURN, unknown_value(), at);
        event.other = binding.value;
        event.number = binding.address.path;
        log_event(ex, state, event);
    }
}

/* Globals that hold frame memory whose frame somebody else ends, and that nobody ever clears. */
void check_globals(struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->bindings.count; i++) {
        const struct binding *binding = &state->bindings.items[i];
        const struct symbol *symbol = symbol_of(state, binding->value);
        if (binding->address.kind != V_GLOBAL || symbol == NULL || symbol->object != FRAME_BLOCK ||
            symbol->status != ALIVE || symbol->ahead != 0 || frame_of(ex, state, symbol->owner)->token != 0 ||
            ex->program->cleared[binding->address.id])
            continue;
        const struct global *global = find_global(ex->program, binding->address.id);
        if (global == NULL || (global->flags & GLOBAL_FRAME) != 0 || strstr(text_of(global->allow), "FA601") != NULL ||
            frame_of(ex, state, symbol->owner)->status != FRAME_UNKNOWN)
            continue;
        struct finding *finding = report(ex, symbol->policy == 1 ? "FA605" : "FA601", binding->at,
                                         "frame memory is kept in %s, which outlives its frame", text_of(global->name));
        add_note(finding, symbol->born, "it was allocated here");
    }
}

void check_shares(struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->shared == 0 || symbol->object != FRAME_BLOCK || symbol->status != ALIVE ||
            frame_of(ex, state, symbol->owner)->token != 0)
            continue;
        struct finding *finding =
            symbol->shared == 1
                ? report(ex, "FA201", symbol->shared_at,
                         "frame memory is handed to another thread, which may run longer than the frame")
                : report(ex, "FA703", symbol->shared_at,
                         "frame memory is kept for a callback, which may run after the frame");
        add_note(finding, symbol->born, "it was allocated here");
    }
}

static bool same_event(const struct event *left, const struct event *right)
{
    return left->kind == right->kind && left->detail == right->detail && left->uid == right->uid &&
           left->number == right->number && same_value(left->subject, right->subject) &&
           same_value(left->other, right->other) && left->at.begin == right->at.begin;
}

static bool same_trace(const struct trace *left, const struct trace *right)
{
    if (left->events.count != right->events.count)
        return false;
    for (size_t i = 0; i < left->events.count; i++)
        if (!same_event(&left->events.items[i], &right->events.items[i]))
            return false;
    return true;
}

enum { MOST_TRACES = 8, MOST_EVENTS = 160 };

void add_trace(struct exploration *ex, const struct state *state)
{
    struct trace trace = {{0}};
    struct summary *summary = ex->summary;
    for (int32_t node = state->event; node >= 0; node = ex->events.items[node].before)
        LIST_PUSH(&trace.events, ex->events.items[node].event);
    for (size_t i = 0; i < trace.events.count / 2; i++) {
        struct event event = trace.events.items[i];
        trace.events.items[i] = trace.events.items[trace.events.count - 1 - i];
        trace.events.items[trace.events.count - 1 - i] = event;
    }
    bool seen = false;
    for (size_t i = 0; i < summary->traces.count; i++)
        seen |= same_trace(&summary->traces.items[i], &trace);
    if (seen || trace.events.count > MOST_EVENTS || summary->traces.count >= MOST_TRACES) {
        summary->incomplete |= !seen && trace.events.count > MOST_EVENTS;
        LIST_FREE(&trace.events);
        return;
    }
    LIST_PUSH(&summary->traces, trace);
}

void forget_traces(struct summary *summary)
{
    for (size_t i = 0; i < summary->traces.count; i++)
        LIST_FREE(&summary->traces.items[i].events);
    summary->traces.count = 0;
}

static void renumber(struct exploration *ex, int32_t *numbers, int32_t *uid)
{
    if (*uid < 0 || (size_t)*uid >= ex->births.count)
        return;
    if (numbers[*uid] == 0) {
        struct symbol birth = ex->births.items[*uid];
        if (birth.origin == FROM_OPERATION && birth.operation == BIN_COUNT)
            renumber(ex, numbers, &birth.left.id); /* What it was counted from was born before. */
        LIST_PUSH(&ex->summary->births, birth);
        numbers[*uid] = (int32_t)ex->summary->births.count;
    }
    *uid = numbers[*uid] - 1;
}

static void renumber_value(struct exploration *ex, int32_t *numbers, struct value *value)
{
    if (value->kind == V_SYMBOL || value->kind == V_TEST)
        renumber(ex, numbers, &value->id);
}

/* Of the symbols that were met, the summary keeps those that its traces speak of. */
void keep_births(struct exploration *ex)
{
    struct summary *summary = ex->summary;
    int32_t *numbers = take(ex->births.count * sizeof *numbers);
    for (size_t i = 0; i < summary->traces.count; i++) {
        for (size_t k = 0; k < summary->traces.items[i].events.count; k++) {
            struct event *event = &summary->traces.items[i].events.items[k];
            renumber_value(ex, numbers, &event->subject);
            renumber_value(ex, numbers, &event->other);
            if (event->kind == EVENT_LOAD || event->kind == EVENT_ALLOC || event->kind == EVENT_HOLD ||
                event->kind == EVENT_MOVE)
                renumber(ex, numbers, &event->uid);
        }
    }
    release(numbers);
    LIST_FREE(&ex->births);
}

/* Who calls it ends the frame, itself or with another function: the function is there to begin one. */
static bool somebody_ends(const struct exploration *ex, size_t index)
{
    const struct program *program = ex->program;
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (edge->function != (int32_t)index)
            continue;
        if (program->facts[edge->caller] & FACT_ENDS_FRAME)
            return true;
        for (size_t k = 0; k < program->edges.count; k++) {
            const struct edge *other = &program->edges.items[k];
            if (other->caller == edge->caller && other->function >= 0 && other->function != (int32_t)index &&
                (program->facts[other->function] & (FACT_ENDS_FRAME | FACT_BEGINS_FRAME)) == FACT_ENDS_FRAME)
                return true;
        }
    }
    return false;
}

/* A frame that one way out of the function ends and another leaves running. */
void check_leavings(struct exploration *ex, size_t index)
{
    bool wraps = somebody_ends(ex, index);
    for (size_t i = 0; i < ex->leavings.count && !wraps && !(ex->function->flags & FUNCTION_MAIN); i++) {
        const struct leaving *leaving = &ex->leavings.items[i];
        bool ended = false;
        for (size_t k = 0; k < ex->leavings.count; k++)
            ended |= !ex->leavings.items[k].running && ex->leavings.items[k].begun.begin == leaving->begun.begin;
        if (!leaving->running || !ended)
            continue;
        struct finding *finding =
            report(ex, "FA603", leaving->at, "the function is left while the frame it began is running");
        add_note(finding, leaving->begun, "the frame was begun here; other ways out end it");
        ex->summary->leaves_frame = true;
    }
}

/* `ok = begin() && work() && end()`: what a failure leaves running is known to whoever looks at ok. */
void give_up(struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->frames.count; i++)
        if (state->frames.items[i].status == FRAME_RUNNING && state->frames.items[i].here != 0)
            apply(ex, state, make_event(EVENT_BEGIN_FAILED, state->frames.items[i].allocator, (struct place){0}));
}

bool ends_in_chain(const struct program *program, const struct function *function)
{
    for (size_t i = 0; i < function->ops.count; i++) {
        const struct op *op = &function->ops.items[i];
        const struct model *model = op->kind == OP_CALL && op->chained ? model_of_call(program, op) : NULL;
        if (model != NULL && (model->effect == DOES_FRAME_END || model->effect == DOES_FRAME_END_PROMOTING))
            return true;
    }
    return false;
}
