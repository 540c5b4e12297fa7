/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Functions of which there is only a declaration, and what is marked on it. */
#include "calling.h"

/* Marks on parameters say what a function does with them, whatever its body shows. */
void apply_marks(struct calling *call, const struct function *callee)
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
void call_unseen(const struct calling *call, const struct function *callee)
{
    for (int32_t i = 0; i < call->count; i++) {
        bool releases =
            callee != NULL && (size_t)i < callee->params.count && (callee->params.items[i] & PARAM_RELEASES);
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
