/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "explore_parts.h"

#include <string.h>

/* Beyond these a function is not understood, and nothing is said of what it leaves behind. */
enum {
    MOST_STATES = 24,
    MOST_PATHS = 600,  /* At a time. */
    MOST_SPLITS = 128, /* At one operation. */
    MOST_STEPS = 3000,
    MOST_SYMBOLS = 200,
    MOST_NODES = 60000,
    MOST_BIRTHS = 30000
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

/* Each operation goes on in so many ways, however many paths come to it. */
bool may_split(struct exploration *ex, const struct path *path)
{
    return ex->paths.count < MOST_PATHS && ex->splits[path->op]++ < MOST_SPLITS;
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

static struct value local_address(const struct exploration *ex, int32_t local)
{
    bool param = (size_t)local < ex->function->params.count;
    if (param && (ex->function->locals.items[local].flags & LOCAL_AGGREGATE))
        return symbol_value(local); /* The caller's object stands for the copy. */
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
    struct value left =
        op->kind == OP_LOCAL || op->kind == OP_DECLARE ? unknown_value() : get_register(ex, path, op->left);
    struct value result = unknown_value();
    switch (op->kind) {
    case OP_NUMBER: result = number_value(op->number); break;
    case OP_TEXT: result = text_value(V_TEXT, op->name); break;
    case OP_FUNCTION: result = text_value(V_FUNCTION, op->name); break;
    case OP_LOCAL: result = local_address(ex, op->left); break;
    case OP_GLOBAL: result = (struct value){V_GLOBAL, 0, op->name, 0, 0}; break;
    case OP_FIELD: result = field_part(left, op->name); break;
    case OP_INDEX: result = index_part(left, get_register(ex, path, op->right)); break;
    case OP_LOAD: result = load(ex, state, left, op->at); break;
    case OP_STORE:
    case OP_COPY: run_store(ex, path, op); return true;
    case OP_CLEAR: clear_parts(ex, state, left, op->at); return true;
    case OP_DECLARE: declare_local(state, op->left); return true;
    case OP_BINARY:
        result = operation(ex, state, op->detail, left, get_register(ex, path, op->right), op->number);
        break;
    case OP_NOT: result = operation(ex, state, BIN_EQ, left, number_value(0), 0); break;
    case OP_CALL: return call(ex, path, op);
    case OP_SUSPEND: apply(ex, state, make_event(EVENT_SUSPEND, unknown_value(), op->at)); return true;
    default: result = new_unknown(ex, state); break;
    }
    set_register(ex, path, op->result, result);
    return true;
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
            bind_value(state, (struct value){V_LOCAL, 0, (int32_t)i, 0, 0}, symbol_value(symbol->uid),
                       (struct place){0});
    }
    return state;
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
    release(ex->splits);
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

void explore_function(struct program *program, size_t index)
{
    struct summary *summary = &program->summaries[index];
    struct function *function = program->functions.items[index];
    if (summary->begun || (function->flags & FUNCTION_BODY) == 0)
        return;
    summary->begun = true;
    uint32_t facts = program->facts[index];
    struct exploration ex = {.program = program,
                             .function = function,
                             .summary = summary,
                             .findings = &program->findings,
                             .root = (facts & FACT_CALLED) == 0,
                             .own_lane = (function->flags & FUNCTION_MAIN) != 0 || (facts & FACT_THREAD) != 0,
                             .async = (function->flags & (FUNCTION_ASYNC | FUNCTION_COROUTINE)) != 0 ||
                                      (facts & FACT_CALLBACK) != 0};
    ex.driven = is_driven(program, index);
    ex.gives_up = ends_in_chain(program, function);
    ex.splits = take(function->ops.count * sizeof *ex.splits);
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
