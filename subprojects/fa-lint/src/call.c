/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls: from what the model says of a function to events. */
#include "calling.h"

#include <string.h>

struct value argument(const struct calling *call, int index)
{
    return index >= 0 && index < call->count ? call->args[index] : unknown_value();
}

struct value owner(const struct calling *call)
{
    return argument(call, call->model->owner);
}

struct value subject(const struct calling *call)
{
    return argument(call, call->model->subject);
}

void give_result(const struct calling *call, struct value value)
{
    set_register(call->ex, call->path, call->op->result, value);
}

struct event event_of(const struct calling *call, enum event_kind kind, struct value value)
{
    return make_event(kind, value, call->op->at);
}

void apply_to(const struct calling *call, enum event_kind kind, struct value value, uint8_t detail)
{
    struct event event = event_of(call, kind, value);
    event.detail = detail;
    apply(call->ex, call->state, event);
}

/* Whoever looks at the status of a begin has two ways to go on. */
static void begin(const struct calling *call)
{
    struct exploration *ex = call->ex;
    if (ex->used[call->op->result] && may_split(ex, call->path)) {
        struct path failed = copy_path(ex, call->path);
        failed.op++;
        apply(ex, failed.state, event_of(call, EVENT_BEGIN_FAILED, owner(call)));
        struct symbol *status = new_symbol(ex, failed.state, FROM_NOWHERE);
        status->nonzero = 1;
        set_register(ex, &failed, call->op->result, symbol_value(status->uid));
        LIST_PUSH(&ex->paths, failed);
    }
    apply(ex, call->state, event_of(call, EVENT_BEGIN, owner(call)));
    give_result(call, number_value(0));
}

struct value field_of(const struct calling *call, struct value address, const char *field)
{
    return is_address(address) ? load(call->ex, call->state, part_of(address, field), call->op->at) : unknown_value();
}

static void end_promoting(const struct calling *call)
{
    struct value room = subject(call);
    bool nowhere = room.kind == V_NUMBER && room.number == 0;
    apply_to(call, EVENT_END, owner(call), !nowhere);
    forget_contents(call->ex, call->state, room);
}

static bool says_zero(const char *name)
{
    return starts_with(name, "pthread_") || starts_with(name, "thrd_") || starts_with(name, "uv_");
}

/* A thread that could not be made has nothing. */
static void fork_failed(const struct calling *call)
{
    if (!may_split(call->ex, call->path))
        return;
    struct path failed = copy_path(call->ex, call->path);
    failed.op++;
    struct symbol *status = new_symbol(call->ex, failed.state, FROM_NOWHERE);
    status->nonzero = 1;
    set_register(call->ex, &failed, call->op->result, symbol_value(status->uid));
    LIST_PUSH(&call->ex->paths, failed);
}

/* What lies where the thread may write is new by the time that somebody looks again. */
static void forget_released(struct state *state, struct value address)
{
    for (size_t i = 0; is_address(address) && i < state->bindings.count; i++) {
        const struct symbol *symbol = symbol_of(state, state->bindings.items[i].value);
        if (symbol != NULL && symbol->status == RELEASED && is_inside(state->bindings.items[i].address, address))
            state->bindings.items[i].value = unknown_value();
    }
}

static void hand_to_thread(const struct calling *call)
{
    bool status = says_zero(call->model->name);
    if (status && call->ex->used[call->op->result])
        fork_failed(call);
    for (int32_t i = call->model->subject; i < call->count; i++) {
        apply_to(call, EVENT_SHARE, call->args[i], 1);
        forget_released(call->state, call->args[i]);
        if (strcmp(call->model->name, "std::thread") != 0)
            break;
    }
    give_result(call, status ? number_value(0) : new_unknown(call->ex, call->state));
}

static void keep_for_callback(const struct calling *call)
{
    bool status = says_zero(call->model->name);
    if (status && call->ex->used[call->op->result])
        fork_failed(call);
    for (int32_t i = call->model->subject; i >= 0 && i < call->count; i++) {
        apply_to(call, EVENT_SHARE, call->args[i], 2);
        if (strcmp(call->model->name, "std::async") != 0)
            break;
    }
    give_result(call, status ? number_value(0) : new_unknown(call->ex, call->state));
}

static void configure(const struct calling *call)
{
    struct value config = subject(call);
    static const char *const fields[] = {".mode", ".capacity", ".full_policy"};
    for (uint8_t i = 0; i < 3; i++) {
        struct event event = event_of(call, EVENT_CONFIGURE, unknown_value());
        event.other = field_of(call, config, fields[i]);
        event.detail = i;
        apply(call->ex, call->state, event);
    }
    give_result(call, new_unknown(call->ex, call->state));
}

static void use_arguments(const struct calling *call)
{
    for (int32_t i = 0; i < call->count; i++) {
        use(call->ex, call->state, call->args[i], call->op->at);
        forget_contents(call->ex, call->state, call->args[i]);
    }
}

static void fill(const struct calling *call)
{
    struct value value = argument(call, call->model->extra);
    use(call->ex, call->state, subject(call), call->op->at);
    if (value.kind == V_NUMBER && value.number == 0)
        clear_parts(call->ex, call->state, subject(call), call->op->at);
    else
        forget_contents(call->ex, call->state, subject(call));
    give_result(call, subject(call));
}

static void copy_memory(const struct calling *call)
{
    struct value from = argument(call, call->model->extra);
    use(call->ex, call->state, subject(call), call->op->at);
    use(call->ex, call->state, from, call->op->at);
    copy_parts(call->ex, call->state, subject(call), from, call->op->at);
    give_result(call, subject(call));
}

static void end_id(const struct calling *call)
{
    apply_to(call, EVENT_END_OWNED, owner(call), GROUP_BLOCK);
    give_result(call, new_unknown(call->ex, call->state));
}

static void release_block(const struct calling *call)
{
    struct event event = event_of(call, EVENT_RELEASE, subject(call));
    event.detail = (uint8_t)call->model->effect;
    event.other = owner(call);
    apply(call->ex, call->state, event);
    give_result(call, new_unknown(call->ex, call->state));
}

static void change_frame(const struct calling *call, enum event_kind kind, struct value which)
{
    struct event event = event_of(call, kind, owner(call));
    event.other = which;
    apply(call->ex, call->state, event);
    give_result(call, number_value(0)); /* A failure is a mistake of its own; nobody goes on from one. */
}

static void end_frame(const struct calling *call)
{
    if (call->model->effect == DOES_FRAME_END_PROMOTING)
        end_promoting(call);
    else
        apply_to(call, EVENT_END, owner(call), 0);
    give_result(call, number_value(0));
}

static void plain(const struct calling *call, enum event_kind kind)
{
    apply_to(call, kind, owner(call), 0);
    give_result(call, new_unknown(call->ex, call->state));
}

static void scratch_reset(const struct calling *call)
{
    apply_to(call, EVENT_END_OWNED, owner(call), SCRATCH_BLOCK);
    give_result(call, new_unknown(call->ex, call->state));
}

static void subject_event(const struct calling *call, enum event_kind kind)
{
    apply(call->ex, call->state, event_of(call, kind, subject(call)));
    give_result(call, new_unknown(call->ex, call->state));
}

static void apply_model(const struct calling *call)
{
    switch (call->model->effect) {
    case DOES_FRAME_BEGIN: begin(call); break;
    case DOES_FRAME_END:
    case DOES_FRAME_END_PROMOTING: end_frame(call); break;
    case DOES_FRAME_ALLOC: give_block(call, FRAME_BLOCK, owner(call)); break;
    case DOES_FRAME_ALLOC_AHEAD: give_alloc_ahead(call); break;
    case DOES_FRAME_OUT: give_frame_out(call); break;
    case DOES_RETAINED_ALLOC: give_retained_alloc(call); break;
    case DOES_IMPORTANT_ALLOC: give_important_alloc(call); break;
    case DOES_RETAIN:
        call_retain(call);
        give_result(call, new_unknown(call->ex, call->state));
        break;
    case DOES_RETAIN_DROP: plain(call, EVENT_RETAIN_DROP); break;
    case DOES_HOLD: call_through(call, TOKEN); break;
    case DOES_TOKEN_RELEASE: subject_event(call, EVENT_TOKEN); break;
    case DOES_CHECKPOINT: give_block(call, CHECKPOINT, owner(call)); break;
    case DOES_SUBFRAME_BEGIN: call_through(call, SUBFRAME); break;
    case DOES_ROLLBACK:
    case DOES_SUBFRAME_END: change_frame(call, EVENT_ROLLBACK, subject(call)); break;
    case DOES_COMMIT: change_frame(call, EVENT_COMMIT, subject(call)); break;
    case DOES_WINDOW_OPEN: give_window_open(call); break;
    case DOES_WINDOW_ALLOC: give_window_alloc(call); break;
    case DOES_WINDOW_CLOSE: subject_event(call, EVENT_WINDOW_CLOSE); break;
    case DOES_POOL_ALLOC: give_block(call, POOL_BLOCK, owner(call)); break;
    case DOES_HEAP_ALLOC: give_block(call, HEAP_BLOCK, owner(call)); break;
    case DOES_INTENT_ALLOC: give_intent_alloc(call); break;
    case DOES_GROUP_ALLOC: give_block(call, GROUP_BLOCK, owner(call)); break;
    case DOES_TASK_ALLOC: give_block(call, TASK_BLOCK, owner(call)); break;
    case DOES_SCRATCH_ALLOC: give_block(call, SCRATCH_BLOCK, owner(call)); break;
    case DOES_TRANSFER_ALLOC: give_transfer_alloc(call); break;
    case DOES_OBJECT_TAKE: give_block(call, POOL_OBJECT, owner(call)); break;
    case DOES_MAGAZINE_TAKE: give_block(call, POOL_BLOCK, unknown_value()); break;
    case DOES_MALLOC: give_block(call, MALLOC_BLOCK, unknown_value()); break;
    case DOES_REALLOC: call_resize(call); break;
    case DOES_RELEASE:
    case DOES_GROUP_RELEASE:
    case DOES_TASK_RELEASE:
    case DOES_OBJECT_GIVE:
    case DOES_FREE: release_block(call); break;
    case DOES_MAKE_ID: call_through(call, SOME_ID); break;
    case DOES_END_ID: end_id(call); break;
    case DOES_SCRATCH_RESET: scratch_reset(call); break;
    case DOES_SCRATCH_OPEN: give_scratch_mark(call); break;
    case DOES_SCRATCH_CLOSE: subject_event(call, EVENT_SCRATCH_CLOSE); break;
    case DOES_ALLOCATOR_CREATE: give_block(call, ALLOCATOR, unknown_value()); break;
    case DOES_ALLOCATOR_RETAIN: give_result(call, owner(call)); break;
    case DOES_THREAD: hand_to_thread(call); break;
    case DOES_KEEP: keep_for_callback(call); break;
    case DOES_JOIN:
    case DOES_RUN_CALLBACKS: plain(call, EVENT_SYNC); break;
    case DOES_SUSPEND: plain(call, EVENT_SUSPEND); break;
    case DOES_LANE_CHANGE: plain(call, EVENT_LANE); break;
    case DOES_DEFERRED_CONFIGURE: configure(call); break;
    case DOES_CLEAR: fill(call); break;
    case DOES_COPY: copy_memory(call); break;
    default:
        use_arguments(call);
        give_result(call, new_unknown(call->ex, call->state));
        break;
    }
}

static int32_t callee_of(const struct calling *call)
{
    if (call->op->name != 0)
        return find_function(call->ex->program, call->op->name);
    if (call->op->left < 0)
        return -1;
    struct value pointer = get_register(call->ex, call->path, call->op->left);
    return pointer.kind == V_FUNCTION ? find_function(call->ex->program, pointer.id) : -1;
}

const struct model *model_of_call(const struct program *program, const struct op *op)
{
    int32_t index = op->name != 0 ? find_function(program, op->name) : -1;
    if (index < 0)
        return model_of(op->name);
    const struct function *callee = program->functions.items[index];
    const struct model *model =
        (callee->flags & FUNCTION_STATIC) && !starts_with(text_of(callee->name), "fa_") ? NULL : model_of(callee->name);
    return model != NULL ? model : model_of_method(text_of(callee->usr));
}

static const struct model *model_of_callee(const struct calling *call, const struct function *callee)
{
    if (callee == NULL)
        return model_of(call->op->name);
    if ((callee->flags & FUNCTION_BODY) && !starts_with(text_of(callee->name), "fa_"))
        return NULL;
    const struct model *model = model_of(callee->name);
    return model != NULL ? model : model_of_method(text_of(callee->usr));
}

/* Large functions that have nothing to do with framealloc are taken to use what they are given, and no more. */
static bool is_aside(const struct exploration *ex, const struct function *callee, size_t index)
{
    enum { LARGE = 300 };
    return (ex->program->facts[index] & FACT_RELEVANT) == 0 && callee->ops.count > LARGE;
}

bool call(struct exploration *ex, struct path *path, const struct op *op)
{
    struct calling call = {.ex = ex, .path = path, .state = path->state, .op = op};
    call.count = op->count < MOST_ARGUMENTS ? op->count : MOST_ARGUMENTS;
    for (int32_t i = 0; i < call.count; i++)
        call.args[i] = get_register(ex, path, ex->function->args.items[op->first + i]);
    int32_t index = callee_of(&call);
    const struct function *callee = index >= 0 ? ex->program->functions.items[index] : NULL;
    call.model = model_of_callee(&call, callee);
    if (call.model != NULL && call.model->effect == DOES_STOP)
        return false;
    if (call.model != NULL) {
        if (call.model->effect == DOES_NOTHING)
            give_result(&call, new_unknown(ex, path->state));
        else
            apply_model(&call);
        return true;
    }
    if (callee != NULL)
        apply_marks(&call, callee);
    if (callee == NULL || (callee->flags & FUNCTION_BODY) == 0) {
        call_unseen(&call, callee);
        return true;
    }
    if (is_aside(ex, callee, (size_t)index)) {
        use_arguments(&call);
        give_result(&call, new_unknown(ex, path->state));
        return true;
    }
    explore_function(ex->program, (size_t)index);
    return replay(ex, path, &ex->program->summaries[index], (size_t)index, call.args, call.count, op);
}
