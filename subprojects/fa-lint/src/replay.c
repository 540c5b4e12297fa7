/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Applies the summary of a function to the state of a caller. */
#include "program.h"

struct translation {
    struct exploration *ex;
    struct state *state;
    const struct summary *summary;
    const struct value *args;
    int32_t count;
    struct value *map; /* By uid of the callee. */
    uint8_t *known;
    struct value result;
    int32_t result_local; /* Aggregates are returned in a local of the caller. */
};

static struct value translate_symbol(struct translation *to, int32_t uid);

static struct value translate_birth(struct translation *to, const struct symbol *birth)
{
    if (birth->origin == FROM_PARAM && birth->operand < to->count)
        return to->args[birth->operand];
    if (birth->origin == FROM_OPERATION && birth->operation == BIN_COUNT)
        return operation(to->ex, to->state, BIN_COUNT, translate_symbol(to, birth->left.id),
                         number_value(birth->operand), 0);
    return new_unknown(to->ex, to->state);
}

static struct value translate_symbol(struct translation *to, int32_t uid)
{
    if ((size_t)uid >= to->summary->births.count)
        return new_unknown(to->ex, to->state);
    if (!to->known[uid]) {
        to->map[uid] = translate_birth(to, &to->summary->births.items[uid]);
        to->known[uid] = 1;
    }
    return to->map[uid];
}

static struct value translate(struct translation *to, struct value value)
{
    if (value.kind == V_LOCAL)
        return new_unknown(to->ex, to->state);
    if (value.kind == V_TEST) {
        struct value inner = translate_symbol(to, value.id);
        return operation(to->ex, to->state, value.test, inner, number_value(value.number), 0);
    }
    if (value.kind != V_SYMBOL)
        return value;
    struct value base = translate_symbol(to, value.id);
    if (value.path == 0)
        return base;
    return is_address(base) ? part_of(base, text_of(value.path)) : unknown_value();
}

static void map_uid(struct translation *to, int32_t uid, struct value value)
{
    if ((size_t)uid < to->summary->births.count) {
        to->map[uid] = value;
        to->known[uid] = 1;
    }
}

static void replay_alloc(struct translation *to, struct event event)
{
    struct value owner = translate(to, event.other);
    struct value value = allocate(to->ex, to->state, event.detail, owner, event.at);
    map_uid(to, event.uid, value);
    event.uid = value.id;
    event.other = owner;
    event.subject = translate(to, event.subject); /* How it is retained. */
    if (event.subject.kind == V_NUMBER && event.subject.number >= 0 && event.subject.number <= 4)
        event.policy = (uint8_t)(event.subject.number + 1);
    apply(to->ex, to->state, event);
}

static void replay_return(struct translation *to, const struct event *event)
{
    if (event->number == 0) {
        to->result = translate(to, event->other);
        return;
    }
    struct value base = {V_LOCAL, 0, to->result_local, 0, 0};
    struct value address = part_of(base, text_of((int32_t)event->number));
    store(to->ex, to->state, address, translate(to, event->other), event->at);
    to->result = base;
}

static bool replay_event(struct translation *to, struct event event)
{
    struct exploration *ex = to->ex;
    struct state *state = to->state;
    struct value subject;
    switch (event.kind) {
    case EVENT_ALLOC: replay_alloc(to, event); return true;
    case EVENT_RETURN: replay_return(to, &event); return true;
    default: subject = translate(to, event.subject); break;
    }
    switch (event.kind) {
    case EVENT_LOAD: map_uid(to, event.uid, load(ex, state, subject, event.at)); return true;
    case EVENT_ASSUME: return suppose(ex, state, subject, event.detail, event.number);
    case EVENT_STORE: store(ex, state, subject, translate(to, event.other), event.at); return true;
    case EVENT_COPY: copy_parts(ex, state, subject, translate(to, event.other), event.at); return true;
    case EVENT_CLEAR: clear_parts(ex, state, subject, event.at); return true;
    case EVENT_USE: use(ex, state, subject, event.at); return true;
    case EVENT_HAVOC: forget_contents(ex, state, subject); return true;
    case EVENT_HOLD:
    case EVENT_MOVE: {
        struct value other = translate_symbol(to, event.uid);
        event.uid = other.kind == V_SYMBOL ? other.id : -1;
        break;
    }
    default: break;
    }
    event.subject = subject;
    event.other = translate(to, event.other);
    apply(ex, state, event);
    return true;
}

static bool replay_trace(struct translation *to, const struct trace *trace)
{
    for (size_t i = 0; i < trace->events.count; i++)
        if (!replay_event(to, trace->events.items[i]))
            return false;
    return true;
}

/* What was reported of the function that is called is not the mistake of its callers, too. */
static void forget_left_frames(const struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->frames.count; i++)
        if (state->frames.items[i].status == FRAME_RUNNING &&
            state->frames.items[i].here == 2 + (ex->replay_number & 63))
            state->frames.items[i].status = FRAME_FAILED;
}

static bool run(struct exploration *ex, struct path *path, const struct summary *summary, const struct trace *trace,
                const struct value *args, int32_t count, const struct op *op)
{
    size_t births = summary->births.count;
    struct translation to = {.ex = ex,
                             .state = path->state,
                             .summary = summary,
                             .args = args,
                             .count = count,
                             .map = take(births * sizeof *to.map),
                             .known = take(births),
                             .result_local = ex->function->result_local};
    bool outermost = ex->replays++ == 0;
    if (outermost) {
        ex->call_at = op->at;
        ex->replay_first = (int32_t)ex->births.count;
        ex->replay_number++;
    }
    bool feasible = replay_trace(&to, trace);
    ex->replays--;
    if (summary->leaves_frame)
        forget_left_frames(ex, path->state);
    if (feasible && to.result.kind == V_UNKNOWN)
        to.result = new_unknown(ex, path->state);
    set_register(ex, path, op->result, to.result);
    release(to.map);
    release(to.known);
    return feasible;
}

/* Nothing can be said of what a function did that is not understood to its end, or that is looked at right now. */
static bool run_opaque(struct exploration *ex, struct path *path, size_t callee, const struct value *args,
                       int32_t count, const struct op *op)
{
    struct event event = make_event(EVENT_LOST, unknown_value(), op->at);
    event.detail =
        ex->program->summaries[callee].done || (ex->program->facts[callee] & (FACT_RELEASES | FACT_ENDS_FRAME)) != 0;
    for (int32_t i = 0; i < count; i++)
        forget_contents(ex, path->state, args[i]);
    apply(ex, path->state, event);
    set_register(ex, path, op->result, new_unknown(ex, path->state));
    return true;
}

bool replay(struct exploration *ex, struct path *path, const struct summary *summary, size_t callee,
            const struct value *args, int32_t count, const struct op *op)
{
    ex->callee = (int32_t)callee;
    if (!summary->done || summary->incomplete)
        return run_opaque(ex, path, callee, args, count, op);
    for (size_t i = 1; i < summary->traces.count && may_split(ex, path); i++) {
        struct path other = copy_path(ex, path);
        other.op++;
        if (run(ex, &other, summary, &summary->traces.items[i], args, count, op))
            LIST_PUSH(&ex->paths, other);
        else {
            state_free(other.state);
            release(other.regs);
        }
    }
    return summary->traces.count != 0 && run(ex, path, summary, &summary->traces.items[0], args, count, op);
}
