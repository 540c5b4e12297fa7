/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Frames, checkpoints, tokens and windows. */
#include "apply.h"
#include "program.h"

static void report_shared(struct exploration *ex, struct symbol *symbol, struct place at)
{
    if (symbol->shared == 0 || symbol->object != FRAME_BLOCK)
        return;
    bool thread = symbol->shared == 1;
    if (!is_internal(ex, symbol->uid)) {
        struct finding *finding =
            thread ? report(ex, "FA201", symbol->shared_at,
                            "frame memory is handed to another thread, and its frame ends while that runs")
                   : report(ex, "FA703", symbol->shared_at,
                            "frame memory is kept for a callback, and its frame ends before that runs");
        add_note(finding, symbol->born, "it was allocated here");
        add_note(finding, at, "its frame ends here");
    }
    symbol->shared = 0;
}

static void end_symbol(struct exploration *ex, struct symbol *symbol, struct frame *frame, bool promoting,
                       struct place at)
{
    if (symbol->object == FRAME_BLOCK && frame->token != 0) {
        symbol->status = HELD;
        symbol->partner = frame->token;
        symbol->shared = 0;
        return;
    }
    if (symbol->ahead > 0) {
        symbol->ahead--;
        return;
    }
    report_shared(ex, symbol, at);
    if (symbol->policy > 1 && !promoting && symbol->object == FRAME_BLOCK && !is_internal(ex, symbol->uid)) {
        struct finding *finding = report(ex, "FA604", here(ex, at), "fa_frame_end() drops memory that was retained");
        add_note(finding, symbol->born, "it was retained here");
    }
    symbol->status = promoting && symbol->policy > 1 ? PROMOTED : ENDED_FRAME;
    symbol->policy = symbol->policy == 1 ? 1 : 0;
    symbol->died = here(ex, at);
}

static void check_begin(struct exploration *ex, struct frame *frame, struct event event)
{
    if (frame->status != FRAME_RUNNING || (ex->replays != 0 && frame->here == 2 + (ex->replay_number & 63)))
        return;
    struct finding *finding = report(ex, "FA603", here(ex, event.at), "a frame is begun while one is running");
    add_note(finding, frame->begun, "it was begun here, and is not ended on the way to here");
    note_inside(ex, finding, event.at);
    frame->refused = (uint8_t)(frame->refused + (frame->refused < 9));
}

void apply_begin(struct exploration *ex, struct state *state, struct event event)
{
    struct frame *frame = frame_of(ex, state, event.subject);
    bool running = frame->status == FRAME_RUNNING;
    if (event.subject.kind == V_NUMBER)
        return;
    check_begin(ex, frame, event);
    if (running)
        return; /* It goes on. */
    check_kept(ex, state, event.subject, false);
    struct symbol *allocator = symbol_of(state, event.subject);
    if (allocator != NULL)
        allocator->nonzero = 1; /* Else it would not have begun. */
    frame->status = ex->driven ? FRAME_FAILED : FRAME_RUNNING;
    frame->here = (uint8_t)(ex->replays != 0 ? 2 + (ex->replay_number & 63) : 1);
    frame->token = 0;
    frame->begun = here(ex, event.at);
}

void apply_end(struct exploration *ex, struct state *state, struct event event)
{
    struct frame *frame = frame_of(ex, state, event.subject);
    if (event.subject.kind == V_NUMBER)
        return;
    if (frame->refused > 0) {
        frame->refused--;
        return;
    }
    if (frame->status == FRAME_NONE && !(ex->replays != 0 && frame->here == 2 + (ex->replay_number & 63))) {
        struct finding *finding = report(ex, "FA603", here(ex, event.at), "a frame is ended while none is running");
        add_note(finding, frame->ended, "the frame ended here");
        if (finding != NULL && ex->replays == 0 && ex->op != NULL && ex->op->detail == OP_DELETES &&
            frame->ended.file != 0)
            finding->fix = (struct fix){event.at.file, event.at.begin, event.at.end, 0,
                                        intern("remove the second end of the frame")};
    }
    if (frame->status == FRAME_UNKNOWN && ex->summary != NULL)
        ex->summary->ends_foreign = true;
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (is_frame_kind(symbol->object) && (symbol->status == ALIVE || symbol->status == COMMITTED) &&
            same_owner(symbol->owner, event.subject))
            end_symbol(ex, symbol, frame, event.detail, event.at);
    }
    frame->status = ex->driven ? FRAME_FAILED : FRAME_NONE;
    frame->here = (uint8_t)(ex->replays != 0 ? 2 + (ex->replay_number & 63) : frame->here);
    frame->token = 0;
    frame->ended = here(ex, event.at);
}

void apply_rollback(struct exploration *ex, struct state *state, struct event event)
{
    struct symbol *point = symbol_of(state, event.other);
    if (point == NULL || (point->object != CHECKPOINT && point->object != SUBFRAME))
        return;
    if (point->status != ALIVE) {
        if (point->object == CHECKPOINT && !is_internal(ex, point->uid)) {
            const char *why = point->status == ENDED_FRAME ? "its frame ended"
                              : point->status == COMMITTED ? "it was committed"
                                                           : "it was rolled back";
            struct finding *finding = report(ex, "FA615", here(ex, event.at), "a checkpoint is used after %s", why);
            add_note(finding, point->died, "it was used up here");
        }
        return;
    }
    bool keeps = event.kind == EVENT_COMMIT;
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->uid < point->uid || !is_frame_kind(symbol->object) || symbol->status != ALIVE ||
            !same_owner(symbol->owner, event.subject))
            continue;
        bool mark = symbol->object == CHECKPOINT || symbol->object == SUBFRAME;
        if (keeps && !mark)
            continue;
        symbol->status = keeps ? COMMITTED : ROLLED_BACK;
        symbol->died = here(ex, event.at);
    }
}

void apply_token(struct state *state, struct event event, struct place at)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->status == HELD && event.subject.kind == V_SYMBOL && symbol->partner == event.subject.id) {
            symbol->status = ENDED_FRAME;
            symbol->died = at;
        }
    }
    for (size_t i = 0; i < state->frames.count; i++)
        if (event.subject.kind == V_SYMBOL && state->frames.items[i].token == event.subject.id)
            state->frames.items[i].token = 0;
}

void apply_window(struct exploration *ex, struct state *state, struct event event)
{
    const struct binding *binding = find_binding(state, part_of(event.subject, "#window"));
    struct symbol *window = binding != NULL ? symbol_of(state, binding->value) : NULL;
    if (window == NULL || window->object != WINDOW)
        return;
    if (event.kind == EVENT_WINDOW_CLOSE) {
        if (window->status == ALIVE || window->status == ROLLED_BACK) {
            window->status = CLOSED;
            window->died = here(ex, event.at);
        }
        return;
    }
    if (window->status == ALIVE || window->status == COMMITTED)
        return;
    if (!is_internal(ex, window->uid)) {
        const char *why = window->status == CLOSED        ? "it was closed"
                          : window->status == ENDED_FRAME ? "its frame ended"
                                                          : "a rollback took what it had borrowed";
        struct finding *finding = report(ex, "FA616", here(ex, event.at), "a window is used after %s", why);
        add_note(finding, window->died, "it happened here");
    }
    window->status = ALIVE;
}

void apply_suspend(struct exploration *ex, struct state *state, struct event event)
{
    for (size_t i = 0; !ex->program->binds_lanes && i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->object == FRAME_BLOCK && symbol->status == ALIVE && symbol->ahead == 0) {
            symbol->crossed = 1;
            symbol->shared_at = here(ex, event.at);
        }
    }
}

void apply_retain(struct state *state, struct event event)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (event.kind == EVENT_RETAIN_DROP ? same_owner(symbol->owner, event.subject)
                                            : event.subject.kind == V_SYMBOL && symbol->uid == event.subject.id)
            symbol->policy = event.kind == EVENT_RETAIN_DROP ? 0 : event.detail;
    }
}
