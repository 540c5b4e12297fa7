/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What events do to a state, and which of them are mistakes. */
#include "explore.h"
#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct place here(const struct exploration *ex, struct place at)
{
    return ex->replays != 0 ? ex->call_at : at;
}

bool is_internal(const struct exploration *ex, int32_t uid)
{
    return ex->replays != 0 && uid >= ex->replay_first;
}

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

static void note_inside(struct exploration *ex, struct finding *finding, struct place at)
{
    if (ex->replays != 0)
        add_note(finding, at, "it happens here, inside the call");
}

static const char *name_of_object(enum object object)
{
    static const char *const names[] = {"memory", "frame memory", "pool block", "heap block", "group block", "task block",
                                        "scratch memory", "transferred block", "object of a pool", "malloc() block",
                                        "block", "allocator", "checkpoint", "sub-frame", "token", "window", "id"};
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
    bool none = starts_without_frame(ex, state, allocator);
    LIST_PUSH(&state->frames, (struct frame){.allocator = allocator, .status = none ? FRAME_NONE : FRAME_UNKNOWN});
    return &state->frames.items[state->frames.count - 1];
}

static bool is_moved_away(const struct state *state, const struct symbol *symbol)
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
        if (other->kind == event.kind && other->subject.id == event.subject.id && other->subject.kind == event.subject.kind)
            return true;
        if (other->kind != EVENT_USE && other->kind != EVENT_LOAD && other->kind != EVENT_STORE && other->kind != EVENT_ASSUME)
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

struct value allocate(struct exploration *ex, struct state *state, enum object object, struct value owner, struct place at)
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
        if (other->origin == FROM_ALLOCATION && other->object == newest->object && other->born.begin == newest->born.begin &&
            other->born.file == newest->born.file && ++same == 3)
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
        struct finding *finding = report(ex, "FA701", place, "frame memory is allocated in a function that runs at some other time");
        note_inside(ex, finding, event.at);
    } else if (frame->status == FRAME_NONE) {
        struct finding *finding = report(ex, "FA603", place, "frame memory is allocated while no frame is running");
        add_note(finding, frame->ended, "the frame before ended here");
        note_inside(ex, finding, event.at);
        frame->status = FRAME_FAILED;
    }
}

static bool is_frame_kind(uint8_t object)
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

static void report_shared(struct exploration *ex, struct symbol *symbol, struct place at)
{
    if (symbol->shared == 0 || symbol->object != FRAME_BLOCK)
        return;
    bool thread = symbol->shared == 1;
    if (!is_internal(ex, symbol->uid)) {
        struct finding *finding =
            thread ? report(ex, "FA201", symbol->shared_at, "frame memory is handed to another thread, and its frame ends while that runs")
                   : report(ex, "FA703", symbol->shared_at, "frame memory is kept for a callback, and its frame ends before that runs");
        add_note(finding, symbol->born, "it was allocated here");
        add_note(finding, at, "its frame ends here");
    }
    symbol->shared = 0;
}

static void end_symbol(struct exploration *ex, struct symbol *symbol, struct frame *frame, bool promoting, struct place at)
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

static void apply_begin(struct exploration *ex, struct state *state, struct event event)
{
    struct frame *frame = frame_of(ex, state, event.subject);
    bool running = frame->status == FRAME_RUNNING;
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

static void apply_end(struct exploration *ex, struct state *state, struct event event)
{
    struct frame *frame = frame_of(ex, state, event.subject);
    if (frame->refused > 0) {
        frame->refused--;
        return;
    }
    if (frame->status == FRAME_NONE && !(ex->replays != 0 && frame->here == 2 + (ex->replay_number & 63))) {
        struct finding *finding = report(ex, "FA603", here(ex, event.at), "a frame is ended while none is running");
        add_note(finding, frame->ended, "the frame ended here");
        if (finding != NULL && ex->replays == 0 && ex->op != NULL && ex->op->detail == OP_DELETES && frame->ended.file != 0)
            finding->fix = (struct fix){event.at.file, event.at.begin, event.at.end, 0, intern("remove the second end of the frame")};
    }
    if (frame->status == FRAME_UNKNOWN && ex->summary != NULL)
        ex->summary->ends_foreign = true;
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (is_frame_kind(symbol->object) && (symbol->status == ALIVE || symbol->status == COMMITTED) && same_owner(symbol->owner, event.subject))
            end_symbol(ex, symbol, frame, event.detail, event.at);
    }
    frame->status = ex->driven ? FRAME_FAILED : FRAME_NONE;
    frame->here = (uint8_t)(ex->replays != 0 ? 2 + (ex->replay_number & 63) : frame->here);
    frame->token = 0;
    frame->ended = here(ex, event.at);
}

static void apply_rollback(struct exploration *ex, struct state *state, struct event event)
{
    struct symbol *point = symbol_of(state, event.other);
    if (point == NULL || (point->object != CHECKPOINT && point->object != SUBFRAME))
        return;
    if (point->status != ALIVE) {
        if (point->object == CHECKPOINT && !is_internal(ex, point->uid)) {
            const char *why = point->status == ENDED_FRAME ? "its frame ended" : point->status == COMMITTED ? "it was committed" : "it was rolled back";
            struct finding *finding = report(ex, "FA615", here(ex, event.at), "a checkpoint is used after %s", why);
            add_note(finding, point->died, "it was used up here");
        }
        return;
    }
    bool keeps = event.kind == EVENT_COMMIT;
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->uid < point->uid || !is_frame_kind(symbol->object) || symbol->status != ALIVE || !same_owner(symbol->owner, event.subject))
            continue;
        bool mark = symbol->object == CHECKPOINT || symbol->object == SUBFRAME;
        if (keeps && !mark)
            continue;
        symbol->status = keeps ? COMMITTED : ROLLED_BACK;
        symbol->died = here(ex, event.at);
    }
}

static void mark_released(struct symbol *symbol, struct place at)
{
    if (symbol->object == NO_OBJECT)
        symbol->object = SOME_BLOCK;
    symbol->status = RELEASED;
    symbol->died = at;
}

static void offer_removal(const struct exploration *ex, struct finding *finding, const char *title)
{
    if (finding != NULL && ex->replays == 0 && ex->op != NULL && ex->op->detail == OP_DELETES)
        finding->fix = (struct fix){ex->op->at.file, ex->op->at.begin, ex->op->at.end, 0, intern(title)};
}

/* Which blocks each way of releasing takes. */
static bool takes(enum effect how, enum object object)
{
    switch (how) {
    case DOES_RELEASE: return object == POOL_BLOCK || object == HEAP_BLOCK || object == SOME_BLOCK || object == TRANSFER_BLOCK;
    case DOES_GROUP_RELEASE: return object == GROUP_BLOCK || object == SOME_BLOCK;
    case DOES_TASK_RELEASE: return object == TASK_BLOCK || object == SOME_BLOCK;
    case DOES_OBJECT_GIVE: return object == POOL_OBJECT || object == SOME_BLOCK;
    default: return object == MALLOC_BLOCK || object == SOME_BLOCK;
    }
}

static const char *name_of_release(enum effect how)
{
    switch (how) {
    case DOES_RELEASE: return "fa_release()";
    case DOES_GROUP_RELEASE: return "fa_group_release_block()";
    case DOES_TASK_RELEASE: return "fa_task_release()";
    case DOES_OBJECT_GIVE: return "fa_object_pool_give_object()";
    default: return "free()";
    }
}

static bool is_other_allocator(const struct state *state, struct value left, struct value right)
{
    const struct symbol *a = symbol_of(state, left), *b = symbol_of(state, right);
    return a != NULL && b != NULL && a != b && a->object == ALLOCATOR && b->object == ALLOCATOR;
}

static void report_release(struct exploration *ex, struct symbol *symbol, struct event event, bool foreign)
{
    enum effect how = event.detail;
    struct finding *finding = NULL;
    if (symbol->object == FRAME_BLOCK) {
        finding = report(ex, "FA613", here(ex, event.at), "frame memory is released with %s", name_of_release(how));
        offer_removal(ex, finding, "leave it to the end of the frame");
    } else if (symbol->status == RELEASED && symbol->object != MALLOC_BLOCK) {
        finding = report(ex, "FA612", here(ex, event.at), "%s is released twice", name_of_object(symbol->object));
        add_note(finding, symbol->died, "it was released here");
        offer_removal(ex, finding, "remove the second release");
    } else if (!takes(how, symbol->object)) {
        finding = report(ex, "FA611", here(ex, event.at), "%s is released with %s", name_of_object(symbol->object), name_of_release(how));
    } else if (foreign) {
        finding = report(ex, "FA611", here(ex, event.at), "%s is released to another allocator than its own", name_of_object(symbol->object));
    }
    add_note(finding, symbol->born, "it was allocated here");
    note_inside(ex, finding, event.at);
}

static void check_areas(struct exploration *ex, const struct symbol *symbol, struct event event)
{
    const struct area *from = area_of(ex->program->config, text_of(symbol->made_in));
    const struct area *to = area_of(ex->program->config, text_of(event.at.file));
    if (from == NULL || to == NULL || from == to || matches_any(&to->shares, from->name))
        return;
    struct finding *finding = report(ex, "FA803", event.at, "memory of module %s is released by module %s", from->name, to->name);
    add_note(finding, symbol->born, "it was allocated here");
}

static void apply_release(struct exploration *ex, struct state *state, struct event event)
{
    struct value value = event.subject;
    struct symbol *symbol = symbol_of(state, value);
    enum effect how = event.detail;
    if ((value.kind == V_LOCAL || value.kind == V_GLOBAL) && how != DOES_FREE && ex->replays == 0) {
        report(ex, "FA611", here(ex, event.at), "the address of a variable is released with %s", name_of_release(how));
        return;
    }
    if (symbol == NULL || value.path != 0 || symbol->object > SOME_BLOCK)
        return;
    bool released = symbol->status == RELEASED || (symbol->status == MOVED && is_moved_away(state, symbol));
    bool foreign = how == DOES_RELEASE && is_other_allocator(state, symbol->owner, event.other);
    if (!is_internal(ex, symbol->uid) && (symbol->object == SOME_BLOCK || symbol->origin == FROM_ALLOCATION) &&
        (symbol->object == FRAME_BLOCK || released || foreign || !takes(how, symbol->object)))
        report_release(ex, symbol, event, foreign);
    else if (symbol->origin == FROM_ALLOCATION && symbol->object >= POOL_BLOCK)
        check_areas(ex, symbol, event);
    if (symbol->object == FRAME_BLOCK)
        return;
    if (how == DOES_FREE && symbol->object == NO_OBJECT)
        return; /* Not known to be ours. */
    mark_released(symbol, here(ex, event.at));
}

static void apply_move(struct exploration *ex, struct state *state, struct event event)
{
    struct symbol *symbol = symbol_of(state, event.subject);
    if (symbol == NULL || event.subject.path != 0)
        return;
    use(ex, state, event.subject, event.at);
    symbol = symbol_of(state, event.subject);
    if (symbol->object == FRAME_BLOCK || symbol->object == MALLOC_BLOCK) {
        if (!is_internal(ex, symbol->uid))
            report_release(ex, symbol, (struct event){.detail = DOES_RELEASE, .at = event.at}, false);
        return;
    }
    if (symbol->object == NO_OBJECT)
        symbol->object = SOME_BLOCK;
    symbol->status = MOVED;
    symbol->partner = event.uid;
    symbol->died = here(ex, event.at);
}

static void apply_end_owned(struct exploration *ex, struct state *state, struct event event)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        bool fits = event.detail == SCRATCH_BLOCK ? symbol->object == SCRATCH_BLOCK
                                                  : symbol->object == GROUP_BLOCK || symbol->object == TASK_BLOCK;
        if (fits && symbol->status == ALIVE && same_value(symbol->owner, event.subject)) {
            symbol->status = RESET;
            symbol->died = here(ex, event.at);
        }
    }
}

static void apply_token(struct state *state, struct event event, struct place at)
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

static void apply_window(struct exploration *ex, struct state *state, struct event event)
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
        const char *why = window->status == CLOSED ? "it was closed" : window->status == ENDED_FRAME ? "its frame ended" : "a rollback took what it had borrowed";
        struct finding *finding = report(ex, "FA616", here(ex, event.at), "a window is used after %s", why);
        add_note(finding, window->died, "it happened here");
    }
    window->status = ALIVE;
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

static void apply_suspend(struct exploration *ex, struct state *state, struct event event)
{
    for (size_t i = 0; !ex->program->binds_lanes && i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->object == FRAME_BLOCK && symbol->status == ALIVE && symbol->ahead == 0) {
            symbol->crossed = 1;
            symbol->shared_at = here(ex, event.at);
        }
    }
}

static void apply_retain(struct state *state, struct event event)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (event.kind == EVENT_RETAIN_DROP ? same_owner(symbol->owner, event.subject) : event.subject.kind == V_SYMBOL && symbol->uid == event.subject.id)
            symbol->policy = event.kind == EVENT_RETAIN_DROP ? 0 : event.detail;
    }
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

static bool outlives_frames(const struct exploration *ex, const struct state *state, struct value address)
{
    if (address.kind == V_GLOBAL) {
        const struct global *global = find_global(ex->program, address.id);
        return global == NULL || ((global->flags & GLOBAL_FRAME) == 0 && strstr(text_of(global->allow), "FA601") == NULL);
    }
    const struct symbol *symbol = symbol_of(state, address);
    if (symbol == NULL)
        return false;
    if (symbol->object >= POOL_BLOCK && symbol->object <= SOME_BLOCK)
        return symbol->status == ALIVE && symbol->object != SCRATCH_BLOCK;
    return symbol->object == NO_OBJECT && symbol->origin != FROM_OPERATION;
}

static const char *name_of_holder(const struct exploration *ex, const struct state *state, struct value address)
{
    const struct symbol *symbol = symbol_of(state, address);
    const struct global *global = address.kind == V_GLOBAL ? find_global(ex->program, address.id) : NULL;
    if (global != NULL)
        return text_of(global->name);
    return symbol != NULL && symbol->object != NO_OBJECT ? name_of_object(symbol->object) : "a structure of the caller";
}

static void report_kept(struct exploration *ex, struct state *state, const struct binding *binding, const struct symbol *symbol)
{
    const char *holder = name_of_holder(ex, state, binding->address);
    bool discarded = symbol->policy == 1;
    struct finding *finding = report(ex, discarded ? "FA605" : "FA601", binding->at, "%s is kept in %s, which outlives its frame",
                                     discarded ? "memory that is to be discarded" : "frame memory", holder);
    add_note(finding, symbol->born, "it was allocated here");
    add_note(finding, symbol->died, symbol->status == ALIVE ? "" : "its frame ended here");
}

/* Places that still hold addresses of frames that are over, when the next one begins or nobody is left to clear them. */
void check_kept(struct exploration *ex, struct state *state, struct value allocator, bool at_exit)
{
    for (size_t i = 0; i < state->bindings.count; i++) {
        struct binding *binding = &state->bindings.items[i];
        struct symbol *symbol = symbol_of(state, binding->value);
        if (symbol == NULL || symbol->object != FRAME_BLOCK || (symbol->status != ENDED_FRAME && symbol->status != PROMOTED) ||
            (!at_exit && !same_owner(symbol->owner, allocator)))
            continue;
        if (binding->at.file != 0 && outlives_frames(ex, state, binding->address))
            report_kept(ex, state, binding, symbol);
    }
}
