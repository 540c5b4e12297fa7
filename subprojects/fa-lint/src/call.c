/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls: from what the model says of a function to events. */
#include "program.h"

#include <string.h>

enum { MOST_ARGUMENTS = 32 };

struct calling {
    struct exploration *ex;
    struct path *path;
    struct state *state;
    const struct op *op;
    const struct model *model;
    struct value args[MOST_ARGUMENTS];
    int32_t count;
};

static struct value argument(const struct calling *call, int index)
{
    return index >= 0 && index < call->count ? call->args[index] : unknown_value();
}

static struct value owner(const struct calling *call)
{
    return argument(call, call->model->owner);
}

static struct value subject(const struct calling *call)
{
    return argument(call, call->model->subject);
}

static void give_result(const struct calling *call, struct value value)
{
    set_register(call->ex, call->path, call->op->result, value);
}

static struct event event_of(const struct calling *call, enum event_kind kind, struct value value)
{
    return make_event(kind, value, call->op->at);
}

static uint8_t policy_number(struct value policy)
{
    return policy.kind == V_NUMBER && policy.number >= 0 && policy.number <= 4 ? (uint8_t)(policy.number + 1) : 0;
}

static struct value give_retained(const struct calling *call, enum object object, struct value owned_by, uint8_t ahead, struct value policy)
{
    struct value value = allocate(call->ex, call->state, object, owned_by, call->op->at);
    struct event event = event_of(call, EVENT_ALLOC, policy);
    event.uid = value.id;
    event.detail = (uint8_t)object;
    event.other = owned_by;
    event.extra = ahead;
    event.policy = policy_number(policy);
    apply(call->ex, call->state, event);
    return value;
}

static struct value give_object(const struct calling *call, enum object object, struct value owned_by, uint8_t ahead)
{
    return give_retained(call, object, owned_by, ahead, unknown_value());
}

static void give_block(const struct calling *call, enum object object, struct value owned_by)
{
    give_result(call, give_object(call, object, owned_by, 0));
}

static void apply_to(const struct calling *call, enum event_kind kind, struct value value, uint8_t detail)
{
    struct event event = event_of(call, kind, value);
    event.detail = detail;
    apply(call->ex, call->state, event);
}

/* Whoever looks at the status of a begin has two ways to go on. */
static void begin(const struct calling *call)
{
    struct exploration *ex = call->ex;
    if (ex->used[call->op->result]) {
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

static struct value field_of(const struct calling *call, struct value address, const char *field)
{
    return is_address(address) ? load(call->ex, call->state, part_of(address, field), call->op->at) : unknown_value();
}

static void check_scratch_name(const struct calling *call, struct value policy, struct value name)
{
    if (policy.kind == V_NUMBER && policy.number == 3 && name.kind == V_NUMBER && name.number == 0)
        report(call->ex, "FA604", call->op->at, "memory is to be promoted to a scratch pool that is not named");
}

static void retained_alloc(const struct calling *call)
{
    struct value how = argument(call, call->model->extra);
    struct value policy = field_of(call, how, ".policy"), ahead = field_of(call, how, ".frames_ahead");
    check_scratch_name(call, policy, field_of(call, how, ".scratch"));
    uint8_t frames = ahead.kind == V_NUMBER ? (uint8_t)ahead.number : 0;
    give_result(call, give_retained(call, FRAME_BLOCK, owner(call), frames, policy));
}

static void important_alloc(const struct calling *call)
{
    struct value importance = argument(call, call->model->extra);
    check_scratch_name(call, importance, subject(call));
    give_result(call, give_retained(call, FRAME_BLOCK, owner(call), 0, importance));
}

static void retain(const struct calling *call)
{
    struct value how = argument(call, call->model->extra);
    struct value policy = field_of(call, how, ".policy");
    check_scratch_name(call, policy, field_of(call, how, ".scratch"));
    use(call->ex, call->state, subject(call), call->op->at);
    apply_to(call, EVENT_RETAIN, subject(call), policy_number(policy));
}

static void end_promoting(const struct calling *call)
{
    struct value room = subject(call);
    bool nowhere = room.kind == V_NUMBER && room.number == 0;
    apply_to(call, EVENT_END, owner(call), !nowhere);
}

/* An object whose id or address is written through an argument. */
static void give_through(const struct calling *call, enum object object, struct value owned_by, const char *part)
{
    struct value address = subject(call);
    struct value value = give_object(call, object, owned_by, 0);
    if (is_address(address))
        store(call->ex, call->state, part[0] != 0 ? part_of(address, part) : address, value, call->op->at);
    if (object == TOKEN) {
        struct event event = event_of(call, EVENT_HOLD, owned_by);
        event.uid = value.id;
        apply(call->ex, call->state, event);
    }
}

static void frame_out(const struct calling *call)
{
    static const char *const elements[] = {"[0]", "[1]", "[2]", "[3]"};
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        give_through(call, FRAME_BLOCK, owner(call), elements[i]);
    give_result(call, new_unknown(call->ex, call->state));
}

static void alloc_ahead(const struct calling *call)
{
    struct value ahead = argument(call, call->model->extra);
    bool known = ahead.kind == V_NUMBER && ahead.number >= 0 && ahead.number <= 7;
    give_result(call, give_object(call, known ? FRAME_BLOCK : NO_OBJECT, owner(call), known ? (uint8_t)ahead.number : 0));
}

static void intent_alloc(const struct calling *call)
{
    static const enum object objects[] = {POOL_BLOCK, FRAME_BLOCK, POOL_BLOCK, HEAP_BLOCK, SCRATCH_BLOCK};
    struct value intent = argument(call, call->model->extra);
    if (intent.kind == V_NUMBER && intent.number >= 0 && intent.number <= 4)
        give_block(call, objects[intent.number], owner(call));
    else
        give_result(call, new_unknown(call->ex, call->state));
}

static void window_alloc(const struct calling *call)
{
    struct value window = subject(call);
    apply(call->ex, call->state, event_of(call, EVENT_WINDOW_USE, window));
    const struct binding *binding = is_address(window) ? find_binding(call->state, part_of(window, "#window")) : NULL;
    const struct symbol *symbol = binding != NULL ? symbol_of(call->state, binding->value) : NULL;
    if (symbol != NULL && symbol->object == WINDOW)
        give_block(call, FRAME_BLOCK, symbol->owner);
    else
        give_block(call, FRAME_BLOCK, field_of(call, window, ".allocator"));
}

static void window_open(const struct calling *call)
{
    give_through(call, WINDOW, owner(call), "#window");
    if (is_address(subject(call)))
        store(call->ex, call->state, part_of(subject(call), ".allocator"), owner(call), call->op->at);
    give_result(call, new_unknown(call->ex, call->state));
}

static void resize(const struct calling *call)
{
    struct value block = subject(call);
    const struct symbol *symbol = symbol_of(call->state, block);
    enum object object = symbol != NULL && symbol->object >= POOL_BLOCK ? symbol->object : POOL_BLOCK;
    struct value moved = give_object(call, object, owner(call), 0);
    struct event event = event_of(call, EVENT_MOVE, block);
    event.uid = moved.id;
    apply(call->ex, call->state, event);
    give_result(call, moved);
}

static bool says_zero(const char *name)
{
    return starts_with(name, "pthread_") || starts_with(name, "thrd_") || starts_with(name, "uv_");
}

/* A thread that could not be made has nothing. */
static void fork_failed(const struct calling *call)
{
    struct path failed = copy_path(call->ex, call->path);
    failed.op++;
    struct symbol *status = new_symbol(call->ex, failed.state, FROM_NOWHERE);
    status->nonzero = 1;
    set_register(call->ex, &failed, call->op->result, symbol_value(status->uid));
    LIST_PUSH(&call->ex->paths, failed);
}

static void hand_to_thread(const struct calling *call)
{
    bool status = says_zero(call->model->name);
    if (status && call->ex->used[call->op->result])
        fork_failed(call);
    for (int32_t i = call->model->subject; i < call->count; i++) {
        apply_to(call, EVENT_SHARE, call->args[i], 1);
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

static void transfer_alloc(const struct calling *call)
{
    if (is_address(subject(call)))
        store(call->ex, call->state, subject(call), new_unknown(call->ex, call->state), call->op->at);
    give_block(call, TRANSFER_BLOCK, owner(call));
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

static void through(const struct calling *call, enum object object)
{
    give_through(call, object, owner(call), "");
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
    case DOES_FRAME_ALLOC_AHEAD: alloc_ahead(call); break;
    case DOES_FRAME_OUT: frame_out(call); break;
    case DOES_RETAINED_ALLOC: retained_alloc(call); break;
    case DOES_IMPORTANT_ALLOC: important_alloc(call); break;
    case DOES_RETAIN: retain(call); give_result(call, new_unknown(call->ex, call->state)); break;
    case DOES_RETAIN_DROP: plain(call, EVENT_RETAIN_DROP); break;
    case DOES_HOLD: through(call, TOKEN); break;
    case DOES_TOKEN_RELEASE: subject_event(call, EVENT_TOKEN); break;
    case DOES_CHECKPOINT: give_block(call, CHECKPOINT, owner(call)); break;
    case DOES_SUBFRAME_BEGIN: through(call, SUBFRAME); break;
    case DOES_ROLLBACK:
    case DOES_SUBFRAME_END: change_frame(call, EVENT_ROLLBACK, subject(call)); break;
    case DOES_COMMIT: change_frame(call, EVENT_COMMIT, subject(call)); break;
    case DOES_WINDOW_OPEN: window_open(call); break;
    case DOES_WINDOW_ALLOC: window_alloc(call); break;
    case DOES_WINDOW_CLOSE: subject_event(call, EVENT_WINDOW_CLOSE); break;
    case DOES_POOL_ALLOC: give_block(call, POOL_BLOCK, owner(call)); break;
    case DOES_HEAP_ALLOC: give_block(call, HEAP_BLOCK, owner(call)); break;
    case DOES_INTENT_ALLOC: intent_alloc(call); break;
    case DOES_GROUP_ALLOC: give_block(call, GROUP_BLOCK, owner(call)); break;
    case DOES_TASK_ALLOC: give_block(call, TASK_BLOCK, owner(call)); break;
    case DOES_SCRATCH_ALLOC: give_block(call, SCRATCH_BLOCK, owner(call)); break;
    case DOES_TRANSFER_ALLOC: transfer_alloc(call); break;
    case DOES_OBJECT_TAKE: give_block(call, POOL_OBJECT, owner(call)); break;
    case DOES_MAGAZINE_TAKE: give_block(call, POOL_BLOCK, unknown_value()); break;
    case DOES_MALLOC: give_block(call, MALLOC_BLOCK, unknown_value()); break;
    case DOES_REALLOC: resize(call); break;
    case DOES_RELEASE:
    case DOES_GROUP_RELEASE:
    case DOES_TASK_RELEASE:
    case DOES_OBJECT_GIVE:
    case DOES_FREE: release_block(call); break;
    case DOES_MAKE_ID: through(call, SOME_ID); break;
    case DOES_END_ID: end_id(call); break;
    case DOES_SCRATCH_RESET: scratch_reset(call); break;
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
    default: use_arguments(call); give_result(call, new_unknown(call->ex, call->state)); break;
    }
}

/* Marks on parameters say what a function does with them, whatever its body shows. */
static void apply_marks(struct calling *call, const struct function *callee)
{
    static const struct model releases = {"", DOES_RELEASE, -1, -1, -1};
    for (size_t i = 0; i < callee->params.count && (int32_t)i < call->count; i++) {
        int32_t marks = callee->params.items[i];
        if (marks & PARAM_OTHER_THREAD)
            apply_to(call, EVENT_SHARE, call->args[i], 1);
        if (marks & PARAM_KEEPS)
            apply_to(call, EVENT_SHARE, call->args[i], 2);
        if ((marks & PARAM_RELEASES) && (callee->flags & FUNCTION_BODY) == 0) {
            struct event event = event_of(call, EVENT_RELEASE, call->args[i]);
            event.detail = (uint8_t)releases.effect;
            apply(call->ex, call->state, event);
        }
    }
    if (callee->flags & FUNCTION_SUSPENDS)
        apply_to(call, EVENT_SUSPEND, unknown_value(), 0);
}

static bool is_ours(const struct function *callee)
{
    return starts_with(text_of(callee->name), "fa_") || (callee->flags & FUNCTION_SYSTEM) != 0;
}

static struct value allocator_argument(const struct calling *call, const struct function *callee)
{
    for (size_t i = 0; i < callee->params.count && (int32_t)i < call->count; i++)
        if (callee->params.items[i] & PARAM_ALLOCATOR)
            return call->args[i];
    return unknown_value();
}

/* A function of which there is only a declaration. */
static void call_unseen(const struct calling *call, const struct function *callee)
{
    for (int32_t i = 0; i < call->count; i++) {
        bool releases = callee != NULL && (size_t)i < callee->params.count && (callee->params.items[i] & PARAM_RELEASES);
        if (!releases)
            use(call->ex, call->state, call->args[i], call->op->at);
        forget_contents(call->ex, call->state, call->args[i]);
    }
    if (callee == NULL || !is_ours(callee))
        apply_to(call, EVENT_LOST, unknown_value(), 0);
    if (callee != NULL && (callee->flags & FUNCTION_FRAME_RESULT))
        give_block(call, FRAME_BLOCK, allocator_argument(call, callee));
    else if (callee != NULL && (callee->flags & FUNCTION_BLOCK_RESULT))
        give_block(call, POOL_BLOCK, allocator_argument(call, callee));
    else
        give_result(call, new_unknown(call->ex, call->state));
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
    const struct model *model = (callee->flags & FUNCTION_STATIC) && !starts_with(text_of(callee->name), "fa_") ? NULL : model_of(callee->name);
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
    explore_function(ex->program, (size_t)index);
    return replay(ex, path, &ex->program->summaries[index], (size_t)index, call.args, call.count, op);
}
