/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls that make something: blocks, windows, checkpoints, ids. */
#include "calling.h"

static uint8_t policy_number(struct value policy)
{
    return policy.kind == V_NUMBER && policy.number >= 0 && policy.number <= 4 ? (uint8_t)(policy.number + 1) : 0;
}

static struct value give_retained(const struct calling *call, enum object object, struct value owned_by, uint8_t ahead,
                                  struct value policy)
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

void give_block(const struct calling *call, enum object object, struct value owned_by)
{
    give_result(call, give_object(call, object, owned_by, 0));
}

static void check_scratch_name(const struct calling *call, struct value policy, struct value name)
{
    if (policy.kind == V_NUMBER && policy.number == 3 && name.kind == V_NUMBER && name.number == 0)
        report(call->ex, "FA604", call->op->at, "memory is to be promoted to a scratch pool that is not named");
}

void give_retained_alloc(const struct calling *call)
{
    struct value how = argument(call, call->model->extra);
    struct value policy = field_of(call, how, ".policy"), ahead = field_of(call, how, ".frames_ahead");
    check_scratch_name(call, policy, field_of(call, how, ".scratch"));
    uint8_t frames = ahead.kind == V_NUMBER ? (uint8_t)ahead.number : 0;
    give_result(call, give_retained(call, FRAME_BLOCK, owner(call), frames, policy));
}

void give_important_alloc(const struct calling *call)
{
    struct value importance = argument(call, call->model->extra);
    check_scratch_name(call, importance, subject(call));
    give_result(call, give_retained(call, FRAME_BLOCK, owner(call), 0, importance));
}

void call_retain(const struct calling *call)
{
    struct value how = argument(call, call->model->extra);
    struct value policy = field_of(call, how, ".policy");
    check_scratch_name(call, policy, field_of(call, how, ".scratch"));
    use(call->ex, call->state, subject(call), call->op->at);
    apply_to(call, EVENT_RETAIN, subject(call), policy_number(policy));
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

void give_frame_out(const struct calling *call)
{
    static const char *const elements[] = {"[0]", "[1]", "[2]", "[3]"};
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        give_through(call, FRAME_BLOCK, owner(call), elements[i]);
    give_result(call, new_unknown(call->ex, call->state));
}

void give_alloc_ahead(const struct calling *call)
{
    struct value ahead = argument(call, call->model->extra);
    bool known = ahead.kind == V_NUMBER && ahead.number >= 0 && ahead.number <= 7;
    give_result(call,
                give_object(call, known ? FRAME_BLOCK : NO_OBJECT, owner(call), known ? (uint8_t)ahead.number : 0));
}

void give_intent_alloc(const struct calling *call)
{
    static const enum object objects[] = {POOL_BLOCK, FRAME_BLOCK, POOL_BLOCK, HEAP_BLOCK, SCRATCH_BLOCK};
    struct value intent = argument(call, call->model->extra);
    if (intent.kind == V_NUMBER && intent.number >= 0 && intent.number <= 4)
        give_block(call, objects[intent.number], owner(call));
    else
        give_result(call, new_unknown(call->ex, call->state));
}

void give_window_alloc(const struct calling *call)
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

void give_window_open(const struct calling *call)
{
    give_through(call, WINDOW, owner(call), "#window");
    if (is_address(subject(call)))
        store(call->ex, call->state, part_of(subject(call), ".allocator"), owner(call), call->op->at);
    give_result(call, new_unknown(call->ex, call->state));
}

void give_scratch_mark(const struct calling *call)
{
    give_through(call, SCRATCH_MARK, owner(call), "#scope");
    give_result(call, new_unknown(call->ex, call->state));
}

void call_resize(const struct calling *call)
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

void give_transfer_alloc(const struct calling *call)
{
    if (is_address(subject(call)))
        store(call->ex, call->state, subject(call), new_unknown(call->ex, call->state), call->op->at);
    give_block(call, TRANSFER_BLOCK, owner(call));
}

void call_through(const struct calling *call, enum object object)
{
    give_through(call, object, owner(call), "");
    give_result(call, new_unknown(call->ex, call->state));
}
