/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What events do to a state, and which of them are mistakes. */
#include "apply.h"
#include "program.h"

#include <stdarg.h>
#include <stdio.h>

struct place here(const struct exploration *ex, struct place at) { return ex->replays != 0 ? ex->call_at : at; }

bool is_internal(const struct exploration *ex, int32_t uid) { return ex->replays != 0 && uid >= ex->replay_first; }

struct finding *report(struct exploration *ex, const char *code, struct place at, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (at.file == 0)
        return NULL;
    struct finding *finding = add_finding(ex->findings, code, at, message);
    if (finding != NULL) {
        finding->function = ex->function->name;
        finding->allow = ex->function->allow;
    }
    return finding;
}

void note_inside(struct exploration *ex, struct finding *finding, struct place at)
{
    if (ex->replays != 0)
        add_note(finding, at, "it happens here, inside the call");
}

const char *name_of_object(enum object object)
{
    static const char *const names[] = {"memory",
                                        "frame memory",
                                        "pool block",
                                        "heap block",
                                        "group block",
                                        "task block",
                                        "scratch memory",
                                        "transferred block",
                                        "object of a pool",
                                        "malloc() block",
                                        "block",
                                        "allocator",
                                        "checkpoint",
                                        "sub-frame",
                                        "token",
                                        "window",
                                        "scratch scope",
                                        "id"};
    return names[object];
}

bool same_owner(struct value left, struct value right)
{
    return left.kind == V_UNKNOWN || right.kind == V_UNKNOWN || same_value(left, right);
}

static bool starts_without_frame(const struct exploration *ex, const struct state *state, struct value allocator)
{
    const struct symbol *symbol = symbol_of(state, allocator);
    if (state->lost || symbol == NULL)
        return false;
    if (symbol->object == ALLOCATOR)
        return true;
    return ex->own_lane && symbol->origin == FROM_PLACE && symbol->left.kind == V_GLOBAL;
}

struct frame *frame_of(struct exploration *ex, struct state *state, struct value allocator)
{
    for (size_t i = 0; i < state->frames.count; i++)
        if (same_value(state->frames.items[i].allocator, allocator))
            return &state->frames.items[i];
    bool nothing = allocator.kind == V_NUMBER; /* No frame is begun with NULL. */
    bool none = starts_without_frame(ex, state, allocator);
    struct frame frame = {.allocator = allocator, .status = nothing ? FRAME_FAILED : none ? FRAME_NONE : FRAME_UNKNOWN};
    LIST_PUSH(&state->frames, frame);
    return &state->frames.items[state->frames.count - 1];
}

bool is_moved_away(const struct state *state, const struct symbol *symbol)
{
    const struct symbol *target = find_symbol(state, symbol->partner);
    return target != NULL && target->nonzero;
}

static const char *why_dead(const struct state *state, const struct symbol *symbol, const char **code)
{
    *code = "FA601";
    switch (symbol->status) {
    case ENDED_FRAME: return "its frame ended";
    case PROMOTED: return "it was promoted and its frame ended";
    case ROLLED_BACK: return "it was rolled back";
    default: break;
    }
    *code = "FA614";
    if (symbol->status == RELEASED)
        return "it was released";
    if (symbol->status == RESET)
        return "all memory it was among was freed";
    return symbol->status == MOVED && is_moved_away(state, symbol) ? "it was moved by fa_realloc()" : NULL;
}

static void report_use(struct exploration *ex, struct state *state, struct symbol *symbol, struct place at)
{
    const char *code, *why = why_dead(state, symbol, &code);
    struct place place = here(ex, at);
    struct finding *finding;
    if (symbol->object < FRAME_BLOCK || symbol->object > SOME_BLOCK)
        return;
    if (why != NULL) {
        if (symbol->object == MALLOC_BLOCK)
            return; /* Other tools know malloc() better. */
        if (!is_internal(ex, symbol->uid)) {
            finding = report(ex, code, place, "%s is used after %s", name_of_object(symbol->object), why);
            add_note(finding, symbol->died, "it went here");
            add_note(finding, symbol->born, "it was allocated here");
            note_inside(ex, finding, at);
        }
        symbol->object = NO_OBJECT;
    } else if (symbol->crossed && symbol->object == FRAME_BLOCK && symbol->status == ALIVE) {
        if (!is_internal(ex, symbol->uid)) {
            finding = report(ex, "FA702", place, "frame memory is used after the function was suspended");
            add_note(finding, symbol->shared_at, "it is suspended here, and frames may end meanwhile");
            add_note(finding, symbol->born, "it was allocated here");
        }
        symbol->crossed = 0;
    }
}

static bool is_logged_already(const struct exploration *ex, const struct state *state, struct event event)
{
    int32_t node = state->event;
    for (int back = 0; back < 12 && node >= 0; back++) {
        const struct event *other = &ex->events.items[node].event;
        if (other->kind == event.kind && other->subject.id == event.subject.id &&
            other->subject.kind == event.subject.kind)
            return true;
        if (other->kind != EVENT_USE && other->kind != EVENT_LOAD && other->kind != EVENT_STORE &&
            other->kind != EVENT_ASSUME)
            return false;
        node = ex->events.items[node].before;
    }
    return false;
}

void use(struct exploration *ex, struct state *state, struct value value, struct place at)
{
    struct symbol *symbol = symbol_of(state, value);
    if (symbol == NULL)
        return;
    symbol->nonzero = 1;
    report_use(ex, state, symbol, at);
    struct event event = make_event(EVENT_USE, value, at);
    if (!is_logged_already(ex, state, event))
        log_event(ex, state, event);
}

struct value allocate(struct exploration *ex, struct state *state, enum object object, struct value owner,
                      struct place at)
{
    struct symbol *symbol = new_symbol(ex, state, FROM_ALLOCATION);
    symbol->object = (uint8_t)object;
    symbol->owner = owner;
    symbol->born = here(ex, at);
    struct value value = symbol_value(symbol->uid);
    return value;
}

/* Two objects of one place at a time are enough to tell "this one" from "the one before". */
static void keep_two(struct state *state, const struct symbol *newest)
{
    int32_t oldest = -1;
    int same = 0;
    for (size_t i = state->symbols.count; i-- > 0;) {
        const struct symbol *other = &state->symbols.items[i];
        if (other->origin == FROM_ALLOCATION && other->object == newest->object &&
            other->born.begin == newest->born.begin && other->born.file == newest->born.file && ++same == 3)
            oldest = other->uid;
    }
    if (oldest >= 0)
        replace_symbol(state, oldest, unknown_value());
}

static void check_alloc_in_frame(struct exploration *ex, struct state *state, struct event event)
{
    struct frame *frame = frame_of(ex, state, event.other);
    struct place place = here(ex, event.at);
    if (ex->async && frame->status != FRAME_RUNNING && frame->status != FRAME_FAILED) {
        struct finding *finding =
            report(ex, "FA701", place, "frame memory is allocated in a function that runs at some other time");
        note_inside(ex, finding, event.at);
    } else if (frame->status == FRAME_NONE) {
        struct finding *finding = report(ex, "FA603", place, "frame memory is allocated while no frame is running");
        add_note(finding, frame->ended, "the frame before ended here");
        note_inside(ex, finding, event.at);
        frame->status = FRAME_FAILED;
    }
}

bool is_frame_kind(uint8_t object)
{
    return object == FRAME_BLOCK || object == CHECKPOINT || object == SUBFRAME || object == WINDOW;
}

static void apply_alloc(struct exploration *ex, struct state *state, struct event event)
{
    struct symbol *symbol = find_symbol(state, event.uid);
    if (symbol == NULL)
        return;
    symbol->ahead = event.extra;
    symbol->policy = event.policy;
    symbol->born = here(ex, event.at);
    symbol->made_in = event.at.file;
    if (is_frame_kind(symbol->object) && symbol->object == FRAME_BLOCK)
        check_alloc_in_frame(ex, state, event);
    keep_two(state, find_symbol(state, event.uid));
}

static void share_symbol(struct exploration *ex, struct symbol *symbol, struct event event)
{
    if (symbol->object != FRAME_BLOCK || symbol->status != ALIVE || symbol->shared != 0)
        return;
    symbol->shared = event.detail;
    symbol->shared_at = here(ex, event.at);
}

/* Everything that can be reached from what was handed over. */
static void share_value(struct exploration *ex, struct state *state, struct value value, struct event event, int depth)
{
    struct symbol *symbol = symbol_of(state, value);
    if (symbol != NULL)
        share_symbol(ex, symbol, event);
    for (size_t i = 0; depth > 0 && is_address(value) && i < state->bindings.count; i++) {
        struct value root = value;
        root.path = value.kind == V_SYMBOL ? 0 : value.path;
        if (is_inside(state->bindings.items[i].address, root))
            share_value(ex, state, state->bindings.items[i].value, event, depth - 1);
    }
}

static void apply_sync(struct state *state)
{
    for (size_t i = 0; i < state->symbols.count; i++)
        state->symbols.items[i].shared = 0;
}

static void apply_lost(struct state *state, bool everything)
{
    state->frames.count = 0;
    state->lost = true;
    for (size_t i = 0; everything && i < state->symbols.count; i++)
        if (state->symbols.items[i].object != ALLOCATOR)
            state->symbols.items[i].object = NO_OBJECT;
}

void apply(struct exploration *ex, struct state *state, struct event event)
{
    log_event(ex, state, event);
    if (ex->driven && (event.kind == EVENT_BEGIN || event.kind == EVENT_END))
        frame_of(ex, state, event.subject)->status = FRAME_FAILED;
    switch (event.kind) {
    case EVENT_ALLOC: apply_alloc(ex, state, event); break;
    case EVENT_RELEASE: apply_release(ex, state, event); break;
    case EVENT_MOVE: apply_move(ex, state, event); break;
    case EVENT_BEGIN: apply_begin(ex, state, event); break;
    case EVENT_BEGIN_FAILED: frame_of(ex, state, event.subject)->status = FRAME_FAILED; break;
    case EVENT_END: apply_end(ex, state, event); break;
    case EVENT_HOLD: frame_of(ex, state, event.subject)->token = event.uid; break;
    case EVENT_TOKEN: apply_token(state, event, here(ex, event.at)); break;
    case EVENT_ROLLBACK:
    case EVENT_COMMIT: apply_rollback(ex, state, event); break;
    case EVENT_END_OWNED: apply_end_owned(ex, state, event); break;
    case EVENT_WINDOW_USE:
    case EVENT_WINDOW_CLOSE: apply_window(ex, state, event); break;
    case EVENT_SCRATCH_CLOSE: apply_scratch_close(ex, state, event); break;
    case EVENT_SHARE: share_value(ex, state, event.subject, event, 3); break;
    case EVENT_SYNC: apply_sync(state); break;
    case EVENT_SUSPEND: apply_suspend(ex, state, event); break;
    case EVENT_RETAIN:
    case EVENT_RETAIN_DROP: apply_retain(state, event); break;
    case EVENT_LANE: apply_lost(state, false); break;
    case EVENT_LOST: apply_lost(state, event.detail); break;
    default: break;
    }
}
