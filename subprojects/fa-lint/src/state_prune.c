/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Forgetting what no longer matters, and telling states apart. */
#include "state.h"

#include <string.h>

static void mark(const struct state *state, struct value value, uint8_t *marks)
{
    if (value.kind != V_SYMBOL && value.kind != V_TEST)
        return;
    const struct symbol *symbol = find_symbol(state, value.id);
    if (symbol != NULL)
        marks[symbol - state->symbols.items] = 1;
}

static bool is_root(const struct state *state, const struct binding *binding, const uint8_t *live, const uint8_t *marks)
{
    if (binding->address.kind == V_LOCAL)
        return live[binding->address.id];
    if (binding->address.kind == V_GLOBAL)
        return true;
    const struct symbol *symbol = find_symbol(state, binding->address.id);
    return symbol != NULL && marks[symbol - state->symbols.items];
}

static void mark_roots(const struct state *state, uint8_t *marks)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        const struct symbol *symbol = &state->symbols.items[i];
        marks[i] = symbol->origin == FROM_PARAM || symbol->shared != 0 || symbol->object == ALLOCATOR ||
                   (symbol->policy > 1 && symbol->status == ALIVE && symbol->object == FRAME_BLOCK);
    }
    for (size_t i = 0; i < state->frames.count; i++)
        mark(state, state->frames.items[i].allocator, marks);
    for (size_t i = 0; i < state->carried.count; i++)
        mark(state, state->carried.items[i].value, marks);
}

/* What an operation gave is remembered as long as its operands are, so that it gives the same again. */
static bool is_remembered(const struct state *state, const struct symbol *symbol, const uint8_t *marks)
{
    if (symbol->origin != FROM_OPERATION || symbol->operation == BIN_COUNT ||
        (symbol->least != symbol->most && !symbol->nonzero))
        return false;
    const struct symbol *left = symbol_of(state, symbol->left), *right = symbol_of(state, symbol->right);
    return (symbol->left.kind != V_SYMBOL || (left != NULL && marks[left - state->symbols.items])) &&
           (symbol->right.kind != V_SYMBOL || (right != NULL && marks[right - state->symbols.items]));
}

static size_t count_marks(const uint8_t *marks, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += marks[i];
    return sum;
}

/* A local whose address is kept somewhere is still there, mentioned or not. */
static void spread(const struct state *state, uint8_t *live, uint8_t *marks)
{
    size_t before, after = 0;
    bool again = true;
    do {
        before = after;
        again = false;
        for (size_t i = 0; i < state->bindings.count; i++) {
            const struct binding *binding = &state->bindings.items[i];
            if (!is_root(state, binding, live, marks))
                continue;
            mark(state, binding->value, marks);
            if (binding->value.kind == V_LOCAL && !live[binding->value.id])
                live[binding->value.id] = again = true;
        }
        for (size_t i = 0; i < state->symbols.count; i++)
            if (marks[i] || is_remembered(state, &state->symbols.items[i], marks)) {
                marks[i] = 1;
                mark(state, state->symbols.items[i].owner, marks);
                if (state->symbols.items[i].status == MOVED)
                    mark(state, symbol_value(state->symbols.items[i].partner), marks);
            }
        after = count_marks(marks, state->symbols.count);
    } while (before != after || again);
}

static void drop_unmarked(struct state *state, const uint8_t *live, const uint8_t *marks)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->bindings.count; i++)
        if (is_root(state, &state->bindings.items[i], live, marks))
            state->bindings.items[kept++] = state->bindings.items[i];
    state->bindings.count = kept;
    kept = 0;
    for (size_t i = 0; i < state->symbols.count; i++)
        if (marks[i])
            state->symbols.items[kept++] = state->symbols.items[i];
    state->symbols.count = kept;
}

void state_prune(struct state *state, const uint8_t *live, size_t locals)
{
    uint8_t *marks = take(state->symbols.count);
    uint8_t *alive = take(locals);
    memcpy(alive, live, locals);
    mark_roots(state, marks);
    for (size_t i = 0; i < state->carried.count; i++)
        if (state->carried.items[i].value.kind == V_LOCAL)
            alive[state->carried.items[i].value.id] = 1;
    spread(state, alive, marks);
    drop_unmarked(state, alive, marks);
    release(marks);
    release(alive);
}

/* Two states are the same if they differ in nothing but the numbers of their symbols. */
static uint64_t hash_value(const struct state *state, struct value value)
{
    int64_t id = value.id;
    if (value.kind == V_SYMBOL || value.kind == V_TEST) {
        const struct symbol *symbol = find_symbol(state, value.id);
        id = symbol != NULL ? symbol - state->symbols.items : -1;
    }
    int64_t parts[] = {value.kind, value.test, id, value.path, value.number};
    return hash_bytes(parts, sizeof parts, 1);
}

static uint64_t hash_symbol(const struct state *state, const struct symbol *symbol, size_t rank)
{
    int64_t parts[] = {(int64_t)rank,  symbol->origin,  symbol->object,  symbol->status, symbol->ahead, symbol->policy,
                       symbol->shared, symbol->nonzero, symbol->crossed, symbol->least,  symbol->most};
    return hash_bytes(parts, sizeof parts, hash_value(state, symbol->owner));
}

uint64_t state_hash(const struct state *state)
{
    uint64_t hash = state->lost;
    for (size_t i = 0; i < state->symbols.count; i++)
        hash += hash_symbol(state, &state->symbols.items[i], i);
    for (size_t i = 0; i < state->bindings.count; i++) {
        uint64_t pair[] = {hash_value(state, state->bindings.items[i].address),
                           hash_value(state, state->bindings.items[i].value)};
        hash += hash_bytes(pair, sizeof pair, 2);
    }
    for (size_t i = 0; i < state->frames.count; i++) {
        uint64_t pair[] = {hash_value(state, state->frames.items[i].allocator),
                           state->frames.items[i].status + 16u * state->frames.items[i].refused,
                           state->frames.items[i].here};
        hash += hash_bytes(pair, sizeof pair, 3);
    }
    for (size_t i = 0; i < state->carried.count; i++)
        hash += hash_value(state, state->carried.items[i].value) * (uint64_t)(state->carried.items[i].reg + 7);
    return hash;
}
