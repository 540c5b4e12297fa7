/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "program.h"

#include <string.h>

/* Beyond these a function is not understood, and nothing is said of what it leaves behind. */
enum {
    MOST_STATES = 24, MOST_STEPS = 3000, MOST_TRACES = 8, MOST_EVENTS = 160, MOST_SYMBOLS = 200, MOST_NODES = 60000, MOST_BIRTHS = 30000
};

/* Registers live within a block; those that others use are carried along in the state. */
void set_register(struct exploration *ex, struct path *path, int32_t reg, struct value value)
{
    if (reg < 0)
        return;
    int32_t first = ex->first_register[path->block];
    if (reg >= first && reg <= ex->last_register[path->block])
        path->regs[reg - first] = value;
    if (!ex->crosses[reg])
        return;
    for (size_t i = 0; i < path->state->carried.count; i++)
        if (path->state->carried.items[i].reg == reg) {
            path->state->carried.items[i].value = value;
            return;
        }
    LIST_PUSH(&path->state->carried, (struct carried){reg, value});
}

struct value get_register(struct exploration *ex, const struct path *path, int32_t reg)
{
    int32_t first = ex->first_register[path->block];
    if (reg < 0)
        return unknown_value();
    if (!ex->crosses[reg] && reg >= first && reg <= ex->last_register[path->block])
        return path->regs[reg - first];
    for (size_t i = 0; i < path->state->carried.count; i++)
        if (path->state->carried.items[i].reg == reg)
            return path->state->carried.items[i].value;
    return unknown_value();
}

static size_t register_count(const struct exploration *ex, int32_t block)
{
    int32_t count = ex->last_register[block] - ex->first_register[block] + 1;
    return count > 0 ? (size_t)count : 0;
}

struct path copy_path(struct exploration *ex, const struct path *path)
{
    struct path copy = *path;
    size_t count = register_count(ex, path->block);
    copy.state = state_copy(path->state);
    copy.regs = take(count * sizeof *copy.regs);
    if (count != 0)
        memcpy(copy.regs, path->regs, count * sizeof *copy.regs);
    return copy;
}

static void drop_path(struct path *path)
{
    state_free(path->state);
    release(path->regs);
}

/* Goes on at the beginning of a block, unless somebody was there in the same state. */
static void enter(struct exploration *ex, struct state *state, int32_t block)
{
    if (state->symbols.count > MOST_SYMBOLS || ex->events.count > MOST_NODES || ex->births.count > MOST_BIRTHS) {
        ex->summary->incomplete = true;
        state_free(state);
        return;
    }
    state_prune(state, ex->live[block], ex->function->locals.count);
    uint64_t hash = state_hash(state);
    bool seen = ex->seen[block].count >= MOST_STATES;
    for (size_t i = 0; i < ex->seen[block].count && !seen; i++)
        seen = ex->seen[block].items[i] == hash;
    if (seen) {
        state_free(state);
        return;
    }
    LIST_PUSH(&ex->seen[block], hash);
    size_t count = register_count(ex, block);
    struct path path = {state, block, ex->function->blocks.items[block].first, take(count * sizeof *path.regs)};
    LIST_PUSH(&ex->paths, path);
}

static struct value local_address(const struct exploration *ex, struct state *state, int32_t local)
{
    bool param = (size_t)local < ex->function->params.count;
    if (param && (ex->function->locals.items[local].flags & LOCAL_AGGREGATE))
        return symbol_value(local); /* The caller's object stands for the copy. */
    (void)state;
    return (struct value){V_LOCAL, 0, local, 0, 0};
}

static struct value index_part(struct value address, struct value index)
{
    char part[32];
    if (!is_address(address))
        return unknown_value();
    if (index.kind != V_NUMBER || is_any_element(address))
        return is_any_element(address) ? address : part_of(address, "[*]");
    char *text = format_text("[%lld]", (long long)index.number);
    bool fits = strlen(text) < sizeof part;
    struct value result = fits ? part_of(address, text) : part_of(address, "[*]");
    release(text);
    return result;
}

static struct value field_part(struct value address, int32_t field)
{
    if (!is_address(address))
        return unknown_value();
    char *part = format_text(".%s", text_of(field));
    struct value result = part_of(address, part);
    release(part);
    return result;
}

static void declare(struct exploration *ex, struct state *state, int32_t local)
{
    (void)ex;
    unbind(state, (struct value){V_LOCAL, 0, local, 0, 0});
}

static void run_store(struct exploration *ex, struct path *path, const struct op *op)
{
    struct value address = get_register(ex, path, op->left), value = get_register(ex, path, op->right);
    if (op->kind == OP_COPY) {
        use(ex, path->state, value, op->at);
        copy_parts(ex, path->state, address, value, op->at);
    } else {
        store(ex, path->state, address, value, op->at);
    }
}

static bool run_op(struct exploration *ex, struct path *path, const struct op *op)
{
    struct state *state = path->state;
    struct value left = op->kind == OP_LOCAL || op->kind == OP_DECLARE ? unknown_value() : get_register(ex, path, op->left);
    struct value result = unknown_value();
    switch (op->kind) {
    case OP_NUMBER: result = number_value(op->number); break;
    case OP_TEXT: result = text_value(V_TEXT, op->name); break;
    case OP_FUNCTION: result = text_value(V_FUNCTION, op->name); break;
    case OP_LOCAL: result = local_address(ex, state, op->left); break;
    case OP_GLOBAL: result = (struct value){V_GLOBAL, 0, op->name, 0, 0}; break;
    case OP_FIELD: result = field_part(left, op->name); break;
    case OP_INDEX: result = index_part(left, get_register(ex, path, op->right)); break;
    case OP_LOAD: result = load(ex, state, left, op->at); break;
    case OP_STORE:
    case OP_COPY: run_store(ex, path, op); return true;
    case OP_CLEAR: clear_parts(ex, state, left, op->at); return true;
    case OP_DECLARE: declare(ex, state, op->left); return true;
    case OP_BINARY: result = operation(ex, state, op->detail, left, get_register(ex, path, op->right), op->number); break;
    case OP_NOT: result = operation(ex, state, BIN_EQ, left, number_value(0), 0); break;
    case OP_CALL: return call(ex, path, op);
    case OP_SUSPEND: apply(ex, state, make_event(EVENT_SUSPEND, unknown_value(), op->at)); return true;
    default: result = new_unknown(ex, state); break;
    }
    set_register(ex, path, op->result, result);
    return true;
}

static void note_leaving(struct exploration *ex, const struct state *state, struct place at)
{
    for (size_t i = 0; i < state->frames.count; i++) {
        const struct frame *frame = &state->frames.items[i];
        if (frame->here == 0 || frame->begun.file == 0 || (frame->status != FRAME_RUNNING && frame->status != FRAME_NONE))
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

static void log_result(struct exploration *ex, struct state *state, struct place at)
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
static void check_globals(struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->bindings.count; i++) {
        const struct binding *binding = &state->bindings.items[i];
        const struct symbol *symbol = symbol_of(state, binding->value);
        if (binding->address.kind != V_GLOBAL || symbol == NULL || symbol->object != FRAME_BLOCK || symbol->status != ALIVE ||
            symbol->ahead != 0 || frame_of(ex, state, symbol->owner)->token != 0 || ex->program->cleared[binding->address.id])
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

static void check_shares(struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->shared == 0 || symbol->object != FRAME_BLOCK || symbol->status != ALIVE || frame_of(ex, state, symbol->owner)->token != 0)
            continue;
        struct finding *finding =
            symbol->shared == 1 ? report(ex, "FA201", symbol->shared_at, "frame memory is handed to another thread, which may run longer than the frame")
                                : report(ex, "FA703", symbol->shared_at, "frame memory is kept for a callback, which may run after the frame");
        add_note(finding, symbol->born, "it was allocated here");
    }
}

static bool same_event(const struct event *left, const struct event *right)
{
    return left->kind == right->kind && left->detail == right->detail && left->uid == right->uid && left->number == right->number &&
           same_value(left->subject, right->subject) && same_value(left->other, right->other) && left->at.begin == right->at.begin;
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

static void add_trace(struct exploration *ex, const struct state *state)
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

/* `ok = begin() && work() && end()`: what a failure leaves running is known to whoever looks at ok. */
static void give_up(struct exploration *ex, struct state *state)
{
    for (size_t i = 0; i < state->frames.count; i++)
        if (state->frames.items[i].status == FRAME_RUNNING && state->frames.items[i].here != 0)
            apply(ex, state, make_event(EVENT_BEGIN_FAILED, state->frames.items[i].allocator, (struct place){0}));
}

static bool ends_in_chain(const struct program *program, const struct function *function)
{
    for (size_t i = 0; i < function->ops.count; i++) {
        const struct op *op = &function->ops.items[i];
        const struct model *model = op->kind == OP_CALL && op->chained ? model_of_call(program, op) : NULL;
        if (model != NULL && (model->effect == DOES_FRAME_END || model->effect == DOES_FRAME_END_PROMOTING))
            return true;
    }
    return false;
}

static void leave_function(struct exploration *ex, struct path *path, struct place at)
{
    struct state *state = path->state;
    log_result(ex, state, at);
    if (ex->gives_up)
        give_up(ex, state);
    note_leaving(ex, state, at);
    if (ex->root) {
        check_kept(ex, state, unknown_value(), true);
        check_globals(ex, state);
        check_shares(ex, state);
    }
    add_trace(ex, state);
}

static void branch(struct exploration *ex, struct path *path, const struct block *block)
{
    struct value condition = get_register(ex, path, block->condition);
    struct state *other = state_copy(path->state);
    if (suppose(ex, other, condition, BIN_EQ, 0))
        enter(ex, other, block->otherwise);
    else
        state_free(other);
    if (suppose(ex, path->state, condition, BIN_NE, 0)) {
        struct state *state = path->state;
        path->state = NULL;
        enter(ex, state, block->next);
    }
}

static void end_of_block(struct exploration *ex, struct path *path)
{
    const struct block *block = &ex->function->blocks.items[path->block];
    switch (block->end) {
    case END_BRANCH: branch(ex, path, block); break;
    case END_RETURN: leave_function(ex, path, block->at); break;
    case END_GOTO: {
        struct state *state = path->state;
        path->state = NULL;
        if (block->next >= 0)
            enter(ex, state, block->next);
        else
            state_free(state);
        break;
    }
    default: break;
    }
    if (path->state != NULL)
        state_free(path->state);
    release(path->regs);
}

static void walk(struct exploration *ex, struct path path)
{
    const struct block *block = &ex->function->blocks.items[path.block];
    for (; path.op < block->last; path.op++) {
        ex->op = &ex->function->ops.items[path.op];
        if (!run_op(ex, &path, ex->op)) {
            drop_path(&path);
            return;
        }
    }
    end_of_block(ex, &path);
}

static struct state *first_state(struct exploration *ex)
{
    struct state *state = take(sizeof *state);
    state->event = -1;
    for (size_t i = 0; i < ex->function->params.count; i++) {
        struct symbol *symbol = new_symbol(ex, state, FROM_PARAM);
        symbol->operand = ex->births.items[symbol->uid].operand = (int64_t)i;
        if ((ex->function->locals.items[i].flags & LOCAL_AGGREGATE) == 0)
            bind_value(state, (struct value){V_LOCAL, 0, (int32_t)i, 0, 0}, symbol_value(symbol->uid), (struct place){0});
    }
    return state;
}

static void mention(const struct function *function, const struct block *block, uint8_t *live)
{
    for (int32_t i = block->last; i-- > block->first;) {
        const struct op *op = &function->ops.items[i];
        if (op->kind == OP_LOCAL)
            live[op->left] = 1;
        else if (op->kind == OP_DECLARE)
            live[op->left] = 0;
    }
}

static bool flow_back(struct exploration *ex, size_t index)
{
    const struct block *block = &ex->function->blocks.items[index];
    size_t count = ex->function->locals.count;
    uint8_t *live = take(count);
    for (size_t i = 0; i < count; i++)
        live[i] = (block->next >= 0 && ex->live[block->next][i]) || (block->end == END_BRANCH && ex->live[block->otherwise][i]);
    if (block->end == END_RETURN && ex->function->result_local >= 0)
        live[ex->function->result_local] = 1;
    mention(ex->function, block, live);
    bool changed = memcmp(live, ex->live[index], count) != 0;
    memcpy(ex->live[index], live, count);
    release(live);
    return changed;
}

static void find_live(struct exploration *ex)
{
    size_t blocks = ex->function->blocks.count;
    ex->live = take(blocks * sizeof *ex->live);
    for (size_t i = 0; i < blocks; i++)
        ex->live[i] = take(ex->function->locals.count);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = blocks; i-- > 0;)
            changed |= flow_back(ex, i);
    }
}

static void cross(struct exploration *ex, int32_t reg, size_t block)
{
    if (reg < 0)
        return;
    ex->used[reg] = 1;
    if (reg < ex->first_register[block] || reg > ex->last_register[block])
        ex->crosses[reg] = 1;
}

static void find_registers(struct exploration *ex)
{
    const struct function *function = ex->function;
    size_t blocks = function->blocks.count;
    ex->first_register = take(blocks * sizeof *ex->first_register);
    ex->last_register = take(blocks * sizeof *ex->last_register);
    ex->crosses = take((size_t)function->registers);
    ex->used = take((size_t)function->registers);
    for (size_t b = 0; b < blocks; b++) {
        const struct block *block = &function->blocks.items[b];
        ex->first_register[b] = 0;
        ex->last_register[b] = -1;
        for (int32_t i = block->first; i < block->last; i++) {
            int32_t reg = function->ops.items[i].result;
            if (reg >= 0 && ex->last_register[b] < 0)
                ex->first_register[b] = ex->last_register[b] = reg;
            if (reg > ex->last_register[b])
                ex->last_register[b] = reg;
            if (reg >= 0 && reg < ex->first_register[b])
                ex->first_register[b] = reg;
        }
    }
}

static void find_crossing(struct exploration *ex)
{
    const struct function *function = ex->function;
    for (size_t b = 0; b < function->blocks.count; b++) {
        const struct block *block = &function->blocks.items[b];
        for (int32_t i = block->first; i < block->last; i++) {
            const struct op *op = &function->ops.items[i];
            if (op->kind != OP_LOCAL && op->kind != OP_DECLARE)
                cross(ex, op->left, b);
            cross(ex, op->right, b);
            for (int32_t k = 0; op->kind == OP_CALL && k < op->count; k++)
                cross(ex, function->args.items[op->first + k], b);
        }
        if (block->end == END_BRANCH)
            cross(ex, block->condition, b);
    }
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
static void check_leavings(struct exploration *ex, size_t index)
{
    bool wraps = somebody_ends(ex, index);
    for (size_t i = 0; i < ex->leavings.count && !wraps && !(ex->function->flags & FUNCTION_MAIN); i++) {
        const struct leaving *leaving = &ex->leavings.items[i];
        bool ended = false;
        for (size_t k = 0; k < ex->leavings.count; k++)
            ended |= !ex->leavings.items[k].running && ex->leavings.items[k].begun.begin == leaving->begun.begin;
        if (!leaving->running || !ended)
            continue;
        struct finding *finding = report(ex, "FA603", leaving->at, "the function is left while the frame it began is running");
        add_note(finding, leaving->begun, "the frame was begun here; other ways out end it");
    }
}

static void free_exploration(struct exploration *ex)
{
    size_t blocks = ex->function->blocks.count;
    for (size_t i = 0; i < blocks; i++) {
        release(ex->live[i]);
        LIST_FREE(&ex->seen[i]);
    }
    for (size_t i = 0; i < ex->paths.count; i++)
        drop_path(&ex->paths.items[i]);
    LIST_FREE(&ex->paths);
    LIST_FREE(&ex->events);
    LIST_FREE(&ex->leavings);
    release(ex->live);
    release(ex->seen);
    release(ex->first_register);
    release(ex->last_register);
    release(ex->crosses);
    release(ex->used);
}

/* Short paths come first: what few turns of a loop do is told before what many do. */
static struct path next_path(struct exploration *ex)
{
    struct path path = ex->paths.items[0];
    ex->paths.count--;
    memmove(ex->paths.items, ex->paths.items + 1, ex->paths.count * sizeof *ex->paths.items);
    return path;
}

static void explore_paths(struct exploration *ex)
{
    enter(ex, first_state(ex), 0);
    while (ex->paths.count != 0) {
        struct path path = next_path(ex);
        if (++ex->steps > MOST_STEPS) {
            ex->summary->incomplete = true;
            drop_path(&path);
            break;
        }
        walk(ex, path);
    }
}

static void forget_traces(struct summary *summary)
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
        LIST_PUSH(&ex->summary->births, ex->births.items[*uid]);
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
static void keep_births(struct exploration *ex)
{
    struct summary *summary = ex->summary;
    int32_t *numbers = take(ex->births.count * sizeof *numbers);
    for (size_t i = 0; i < summary->traces.count; i++) {
        for (size_t k = 0; k < summary->traces.items[i].events.count; k++) {
            struct event *event = &summary->traces.items[i].events.items[k];
            renumber_value(ex, numbers, &event->subject);
            renumber_value(ex, numbers, &event->other);
            if (event->kind == EVENT_LOAD || event->kind == EVENT_ALLOC || event->kind == EVENT_HOLD || event->kind == EVENT_MOVE)
                renumber(ex, numbers, &event->uid);
        }
    }
    release(numbers);
    LIST_FREE(&ex->births);
}

void explore_function(struct program *program, size_t index)
{
    struct summary *summary = &program->summaries[index];
    struct function *function = program->functions.items[index];
    if (summary->begun || (function->flags & FUNCTION_BODY) == 0)
        return;
    summary->begun = true;
    uint32_t facts = program->facts[index];
    struct exploration ex = {.program = program, .function = function, .summary = summary, .findings = &program->findings,
                             .root = (facts & FACT_CALLED) == 0,
                             .own_lane = (function->flags & FUNCTION_MAIN) != 0 || (facts & FACT_THREAD) != 0,
                             .async = (function->flags & (FUNCTION_ASYNC | FUNCTION_COROUTINE)) != 0 || (facts & FACT_CALLBACK) != 0};
    ex.driven = is_driven(program, index);
    ex.gives_up = ends_in_chain(program, function);
    ex.seen = take(function->blocks.count * sizeof *ex.seen);
    find_live(&ex);
    find_registers(&ex);
    find_crossing(&ex);
    explore_paths(&ex);
    check_leavings(&ex, index);
    if (summary->incomplete)
        forget_traces(summary);
    keep_births(&ex);
    free_exploration(&ex);
    summary->done = true;
}
