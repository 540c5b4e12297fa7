/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Places and symbols of a path: loading, storing, supposing. */
#include "explore.h"

#include <limits.h>
#include <string.h>

#define ZERO  "#zero"
#define FRESH "#fresh" /* Declared, and not written yet. */

struct event make_event(enum event_kind kind, struct value subject, struct place at)
{
    return (struct event){.kind = (uint8_t)kind, .subject = subject, .at = at};
}

/* Locals of a function mean nothing to its callers. */
static bool concerns_others(struct event event) { return event.subject.kind != V_LOCAL; }

void log_event(struct exploration *ex, struct state *state, struct event event)
{
    if (!concerns_others(event))
        return;
    LIST_PUSH(&ex->events, (struct event_node){state->event, event});
    state->event = (int32_t)ex->events.count - 1;
}

struct symbol *new_symbol(struct exploration *ex, struct state *state, enum origin origin)
{
    struct symbol symbol = {
        .uid = (int32_t)ex->births.count, .origin = (uint8_t)origin, .least = INT64_MIN, .most = INT64_MAX};
    LIST_PUSH(&ex->births, symbol);
    LIST_PUSH(&state->symbols, symbol);
    return &state->symbols.items[state->symbols.count - 1];
}

struct value new_unknown(struct exploration *ex, struct state *state)
{
    return symbol_value(new_symbol(ex, state, FROM_NOWHERE)->uid);
}

/* A place within something that is marked as a whole. */
static bool is_marked(const struct state *state, struct value address, const char *mark)
{
    const char *path = text_of(address.path);
    for (size_t length = strlen(path);; length--) {
        if (length == 0 || path[length] == 0 || path[length] == '.' || path[length] == '[') {
            struct value around = address;
            around.path = intern_bytes(path, length);
            if (find_binding(state, part_of(around, mark)) != NULL)
                return true;
        }
        if (length == 0)
            return false;
    }
}

void declare_local(struct state *state, int32_t local)
{
    struct value address = {V_LOCAL, 0, local, 0, 0};
    unbind(state, address);
    bind_value(state, part_of(address, FRESH), number_value(1), (struct place){0});
}

static struct value first_load(struct exploration *ex, struct state *state, struct value address, struct place at)
{
    if (is_marked(state, address, ZERO))
        return number_value(0);
    if (is_any_element(address) || is_marked(state, address, FRESH))
        return new_unknown(ex, state);
    struct symbol *symbol = new_symbol(ex, state, FROM_PLACE);
    symbol->left = address;
    ex->births.items[symbol->uid].left = address;
    struct value value = symbol_value(symbol->uid);
    bind_value(state, address, value, at);
    struct event event = make_event(EVENT_LOAD, address, at);
    event.uid = value.id;
    log_event(ex, state, event);
    return value;
}

struct value load(struct exploration *ex, struct state *state, struct value address, struct place at)
{
    if (!is_address(address))
        return new_unknown(ex, state);
    use(ex, state, address, at);
    const struct binding *binding = is_any_element(address) ? NULL : find_binding(state, address);
    return binding != NULL && binding->value.kind != V_UNKNOWN ? binding->value : first_load(ex, state, address, at);
}

static struct value without(struct value address, const char *part)
{
    const char *path = text_of(address.path);
    address.path = intern_bytes(path, (size_t)(strstr(path, part) - path));
    return address;
}

/* An element that is not known may be any of them. */
static void forget_elements(struct state *state, struct value address)
{
    struct value array = without(address, "[*]");
    size_t length = strlen(text_of(array.path)), kept = 0;
    for (size_t i = 0; i < state->bindings.count; i++) {
        struct value part = state->bindings.items[i].address;
        const char *rest = is_inside(part, array) ? text_of(part.path) + length : "";
        if (*rest != '[' || starts_with(rest, "[*]"))
            state->bindings.items[kept++] = state->bindings.items[i];
    }
    state->bindings.count = kept;
}

void store(struct exploration *ex, struct state *state, struct value address, struct value value, struct place at)
{
    if (!is_address(address))
        return;
    use(ex, state, address, at);
    if (is_any_element(address))
        forget_elements(state, address);
    unbind(state, address);
    bind_value(state, address, value, at);
    struct event event = make_event(EVENT_STORE, address, at);
    event.other = value;
    log_event(ex, state, event);
}

void clear_parts(struct exploration *ex, struct state *state, struct value address, struct place at)
{
    if (!is_address(address))
        return;
    unbind(state, address);
    bind_value(state, part_of(address, ZERO), number_value(0), at);
    log_event(ex, state, make_event(EVENT_CLEAR, address, at));
}

typedef LIST(struct binding) binding_list;

static struct value moved(struct value part, struct value from, struct value to)
{
    const char *rest = text_of(part.path) + strlen(text_of(from.path));
    return part_of(to, rest);
}

static bool is_part_of(const struct binding *binding, const char *part)
{
    return strstr(text_of(binding->address.path), part) != NULL;
}

/* Zeros first: they stand for everything that is not stored. */
static void copy_bindings(struct exploration *ex, struct state *state, struct value to, struct value from,
                          const binding_list *parts, bool told, struct place at)
{
    for (int zeros = 1; zeros >= 0; zeros--)
        for (size_t i = 0; i < parts->count; i++) {
            struct value address = moved(parts->items[i].address, from, to);
            if (is_part_of(&parts->items[i], ZERO) != zeros)
                continue;
            if (!told && zeros)
                log_event(ex, state, make_event(EVENT_CLEAR, without(address, ZERO), at));
            if (told || zeros)
                bind_value(state, address, parts->items[i].value, at);
            else
                store(ex, state, address, parts->items[i].value, at);
        }
}

/* A copy of what others see is told as such; one of a local, part by part. */
void copy_parts(struct exploration *ex, struct state *state, struct value to, struct value from, struct place at)
{
    if (!is_address(to))
        return;
    binding_list parts = {0};
    for (size_t i = 0; is_address(from) && i < state->bindings.count; i++)
        if (is_inside(state->bindings.items[i].address, from) && !is_part_of(&state->bindings.items[i], "#window") &&
            !is_part_of(&state->bindings.items[i], FRESH))
            LIST_PUSH(&parts, state->bindings.items[i]);
    use(ex, state, to, at);
    unbind(state, to);
    bool told = is_address(from) && from.kind != V_LOCAL;
    struct event event = make_event(told ? EVENT_COPY : EVENT_HAVOC, to, at);
    event.other = from;
    log_event(ex, state, event);
    copy_bindings(ex, state, to, from, &parts, told, at);
    LIST_FREE(&parts);
}

/* What lies behind a pointer may have been changed by somebody. */
void forget_contents(struct exploration *ex, struct state *state, struct value value)
{
    if (!is_address(value))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < state->bindings.count; i++) {
        const struct binding *binding = &state->bindings.items[i];
        bool window = strstr(text_of(binding->address.path), "#window") != NULL;
        if (!is_inside(binding->address, value) || window)
            state->bindings.items[kept++] = *binding;
    }
    state->bindings.count = kept;
    if (is_marked(state, value, ZERO))
        bind_value(state, value, new_unknown(ex, state), (struct place){0});
    log_event(ex, state, make_event(EVENT_HAVOC, value, (struct place){0}));
}

bool suppose(struct exploration *ex, struct state *state, struct value value, enum binary test, int64_t number)
{
    struct value subject = value.kind == V_TEST ? symbol_value(value.id) : value;
    bool known = known_test(state, value, test, number) >= 0;
    if (!assume(state, value, test, number))
        return false;
    if (known || subject.kind != V_SYMBOL || subject.path != 0)
        return true;
    struct event event = make_event(EVENT_ASSUME, subject, (struct place){0});
    event.detail = (uint8_t)test;
    event.number = number;
    if (value.kind == V_TEST) {
        event.detail = (uint8_t)(test == BIN_NE ? value.test : opposite(value.test));
        event.number = value.number;
    }
    log_event(ex, state, event);
    return true;
}
