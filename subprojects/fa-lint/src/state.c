/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "state.h"

#include <string.h>

#define COPY_LIST(to, from)                                                                                            \
    do {                                                                                                               \
        (to)->items = (from)->count != 0 ? take((from)->count * sizeof *(from)->items) : NULL;                         \
        (to)->count = (to)->capacity = (from)->count;                                                                  \
        if ((from)->count != 0)                                                                                        \
            memcpy((to)->items, (from)->items, (from)->count * sizeof *(from)->items);                                 \
    } while (0)

struct state *state_copy(const struct state *state)
{
    struct state *copy = take(sizeof *copy);
    *copy = *state;
    COPY_LIST(&copy->symbols, &state->symbols);
    COPY_LIST(&copy->bindings, &state->bindings);
    COPY_LIST(&copy->frames, &state->frames);
    COPY_LIST(&copy->carried, &state->carried);
    return copy;
}

void state_free(struct state *state)
{
    LIST_FREE(&state->symbols);
    LIST_FREE(&state->bindings);
    LIST_FREE(&state->frames);
    LIST_FREE(&state->carried);
    release(state);
}

struct value unknown_value(void)
{
    return (struct value){V_UNKNOWN, 0, 0, 0, 0};
}

struct value number_value(int64_t number)
{
    return (struct value){V_NUMBER, 0, 0, 0, number};
}

struct value symbol_value(int32_t uid)
{
    return (struct value){V_SYMBOL, 0, uid, 0, 0};
}

struct value text_value(enum value_kind kind, int32_t id)
{
    return (struct value){(uint8_t)kind, 0, id, 0, 0};
}

struct value part_of(struct value address, const char *part)
{
    char *joined = format_text("%s%s", text_of(address.path), part);
    address.path = strlen(joined) < 200 ? intern(joined) : address.path;
    release(joined);
    return address;
}

bool same_value(struct value left, struct value right)
{
    return left.kind == right.kind && left.id == right.id && left.path == right.path && left.number == right.number &&
           left.test == right.test;
}

bool is_address(struct value value)
{
    return value.kind == V_SYMBOL || value.kind == V_LOCAL || value.kind == V_GLOBAL;
}

bool is_inside(struct value part, struct value whole)
{
    return part.kind == whole.kind && part.id == whole.id && starts_with(text_of(part.path), text_of(whole.path));
}

bool is_any_element(struct value address)
{
    return strstr(text_of(address.path), "[*]") != NULL;
}

struct symbol *find_symbol(const struct state *state, int32_t uid)
{
    size_t low = 0, high = state->symbols.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (state->symbols.items[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < state->symbols.count && state->symbols.items[low].uid == uid ? &state->symbols.items[low] : NULL;
}

struct symbol *symbol_of(const struct state *state, struct value value)
{
    return value.kind == V_SYMBOL ? find_symbol(state, value.id) : NULL;
}

struct binding *find_binding(const struct state *state, struct value address)
{
    for (size_t i = state->bindings.count; i-- > 0;)
        if (same_value(state->bindings.items[i].address, address))
            return &state->bindings.items[i];
    return NULL;
}

void unbind(struct state *state, struct value address)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->bindings.count; i++)
        if (!is_inside(state->bindings.items[i].address, address))
            state->bindings.items[kept++] = state->bindings.items[i];
    state->bindings.count = kept;
}

void bind_value(struct state *state, struct value address, struct value value, struct place at)
{
    struct binding *binding = find_binding(state, address);
    if (binding != NULL) {
        binding->value = value;
        binding->at = at;
        return;
    }
    LIST_PUSH(&state->bindings, (struct binding){address, value, at});
}

static void replace(struct value *place, int32_t uid, struct value value)
{
    if (place->kind == V_SYMBOL && place->id == uid)
        *place = value;
}

void replace_symbol(struct state *state, int32_t uid, struct value value)
{
    for (size_t i = 0; i < state->bindings.count; i++)
        replace(&state->bindings.items[i].value, uid, value);
    for (size_t i = 0; i < state->carried.count; i++)
        replace(&state->carried.items[i].value, uid, value);
    for (size_t i = 0; i < state->frames.count; i++)
        replace(&state->frames.items[i].allocator, uid, value);
    unbind(state, symbol_value(uid));
}

enum binary opposite(enum binary test)
{
    static const enum binary opposites[] = {BIN_NE, BIN_EQ, BIN_GE, BIN_GT, BIN_LE, BIN_LT};
    return test <= BIN_GE ? opposites[test] : test;
}

static int compare(int64_t left, enum binary test, int64_t right)
{
    switch (test) {
    case BIN_EQ: return left == right;
    case BIN_NE: return left != right;
    case BIN_LT: return left < right;
    case BIN_LE: return left <= right;
    case BIN_GT: return left > right;
    case BIN_GE: return left >= right;
    default: return -1;
    }
}

static int range_test(const struct symbol *symbol, enum binary test, int64_t number)
{
    if (number == 0 && symbol->nonzero && (test == BIN_EQ || test == BIN_NE))
        return test == BIN_NE;
    int least = compare(symbol->least, test, number), most = compare(symbol->most, test, number);
    if (test == BIN_EQ || test == BIN_NE) {
        if (number < symbol->least || number > symbol->most)
            return test == BIN_NE;
        return symbol->least == symbol->most ? least : -1;
    }
    return least == most ? least : -1;
}

int known_test(const struct state *state, struct value value, enum binary test, int64_t number)
{
    const struct symbol *symbol = symbol_of(state, value);
    if (value.kind == V_NUMBER)
        return compare(value.number, test, number);
    if (value.kind == V_LOCAL || value.kind == V_GLOBAL || value.kind == V_FUNCTION || value.kind == V_TEXT)
        return number == 0 && (test == BIN_EQ || test == BIN_NE) ? test == BIN_NE : -1;
    if (value.kind == V_TEST && number == 0 && (test == BIN_EQ || test == BIN_NE)) {
        int inner = known_test(state, symbol_value(value.id), value.test, value.number);
        return inner < 0 ? -1 : test == BIN_NE ? inner : !inner;
    }
    return symbol != NULL ? range_test(symbol, test, number) : -1;
}

static void narrow(struct symbol *symbol, enum binary test, int64_t number)
{
    switch (test) {
    case BIN_EQ: symbol->least = symbol->most = number; break;
    case BIN_NE:
        symbol->nonzero |= number == 0;
        symbol->least += symbol->least == number;
        symbol->most -= symbol->most == number;
        break;
    case BIN_LT: symbol->most = number - 1 < symbol->most ? number - 1 : symbol->most; break;
    case BIN_LE: symbol->most = number < symbol->most ? number : symbol->most; break;
    case BIN_GT: symbol->least = number + 1 > symbol->least ? number + 1 : symbol->least; break;
    case BIN_GE: symbol->least = number > symbol->least ? number : symbol->least; break;
    default: break;
    }
}

static void come_to_nothing(struct state *state, struct symbol *symbol)
{
    int32_t uid = symbol->uid;
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *other = &state->symbols.items[i];
        if (other->status == MOVED && other->partner == uid)
            other->status = ALIVE; /* The block that was to move stays. */
    }
    if (symbol->object != NO_OBJECT) {
        symbol->object = NO_OBJECT;
        replace_symbol(state, uid, number_value(0));
    }
}

bool assume(struct state *state, struct value value, enum binary test, int64_t number)
{
    int known = known_test(state, value, test, number);
    if (known >= 0)
        return known;
    if (value.kind == V_TEST && number == 0 && (test == BIN_EQ || test == BIN_NE)) {
        enum binary inner = test == BIN_NE ? value.test : opposite(value.test);
        return assume(state, symbol_value(value.id), inner, value.number);
    }
    struct symbol *symbol = symbol_of(state, value);
    if (symbol == NULL || value.path != 0)
        return true;
    narrow(symbol, test, number);
    if (symbol->least > symbol->most || (symbol->nonzero && symbol->least == 0 && symbol->most == 0))
        return false;
    if (test == BIN_EQ && number == 0)
        come_to_nothing(state, symbol);
    return true;
}
