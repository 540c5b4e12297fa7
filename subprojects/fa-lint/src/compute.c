/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Operations on values: the same operation on the same operands gives the same. */
#include "explore.h"

static struct value compute(enum binary kind, int64_t left, int64_t right)
{
    switch (kind) {
    case BIN_EQ: return number_value(left == right);
    case BIN_NE: return number_value(left != right);
    case BIN_LT: return number_value(left < right);
    case BIN_LE: return number_value(left <= right);
    case BIN_GT: return number_value(left > right);
    case BIN_GE: return number_value(left >= right);
    case BIN_ADD: return number_value((int64_t)((uint64_t)left + (uint64_t)right));
    case BIN_SUB: return number_value((int64_t)((uint64_t)left - (uint64_t)right));
    default: return unknown_value();
    }
}

/* The same operation on the same operands gives the same symbol. */
static struct value remembered(struct exploration *ex, struct state *state, enum binary kind, struct value left,
                               struct value right, int64_t number)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        const struct symbol *other = &state->symbols.items[i];
        if (other->origin == FROM_OPERATION && other->operation == kind && other->operand == number &&
            same_value(other->left, left) && same_value(other->right, right))
            return symbol_value(other->uid);
    }
    struct symbol *symbol = new_symbol(ex, state, FROM_OPERATION);
    symbol->operation = (uint8_t)kind;
    symbol->left = left;
    symbol->right = right;
    symbol->operand = number;
    if (kind <= BIN_GE) {
        symbol->least = 0;
        symbol->most = 1;
    }
    return symbol_value(symbol->uid);
}

static struct value negated(struct value value)
{
    if (value.kind == V_NUMBER)
        return number_value(value.number == 0);
    if (value.kind == V_TEST) {
        value.test = (uint8_t)opposite(value.test);
        return value;
    }
    if (value.kind == V_SYMBOL && value.path == 0)
        return (struct value){V_TEST, BIN_EQ, value.id, 0, 0};
    return unknown_value();
}

static struct value compare_with_number(struct exploration *ex, struct state *state, enum binary kind,
                                        struct value left, int64_t number)
{
    int known = known_test(state, left, kind, number);
    if (known >= 0)
        return number_value(known);
    if (left.kind == V_TEST && number == 0 && kind == BIN_NE)
        return left;
    if (left.kind == V_TEST && number == 0 && kind == BIN_EQ)
        return negated(left);
    if (left.kind == V_SYMBOL && left.path == 0)
        return (struct value){V_TEST, (uint8_t)kind, left.id, 0, number};
    return remembered(ex, state, kind, left, number_value(number), 0);
}

static enum binary mirrored(enum binary kind)
{
    static const enum binary mirrors[] = {BIN_EQ, BIN_NE, BIN_GT, BIN_GE, BIN_LT, BIN_LE};
    return mirrors[kind];
}

/* `!=`, `<=`, `>` and `>=` of two unknowns are told by `==` and `<`, so that they cannot contradict each other. */
static struct value compare_unknowns(struct exploration *ex, struct state *state, enum binary kind, struct value left,
                                     struct value right)
{
    if (same_value(left, right))
        return number_value(kind == BIN_EQ || kind == BIN_LE || kind == BIN_GE);
    if (kind == BIN_GT || kind == BIN_LE) {
        struct value swap = left;
        left = right;
        right = swap;
        kind = mirrored(kind);
    }
    bool negative = kind == BIN_NE || kind == BIN_GE;
    if (negative)
        kind = opposite(kind);
    if (kind == BIN_EQ && (left.kind > right.kind || (left.kind == right.kind && left.id > right.id))) {
        struct value swap = left;
        left = right;
        right = swap;
    }
    struct value symbol = remembered(ex, state, kind, left, right, 0);
    const struct symbol *fact = symbol_of(state, symbol);
    if (fact->least == fact->most)
        symbol = number_value(fact->least);
    else if (fact->nonzero)
        symbol = number_value(1);
    return negative ? negated(symbol) : symbol;
}

/* Exact near zero, where it is decided who releases; beyond, so that loops come to an end, only not less. */
static struct value count(struct exploration *ex, struct state *state, struct value left, int64_t by)
{
    enum { EXACT = 3 };
    const struct symbol *symbol = symbol_of(state, left);
    int64_t least = left.kind == V_NUMBER ? left.number : symbol != NULL ? symbol->least : -1;
    if (left.kind == V_NUMBER && left.number + by >= 0 && left.number + by <= EXACT)
        return number_value(left.number + by);
    struct symbol *counted = new_symbol(ex, state, left.kind == V_SYMBOL ? FROM_OPERATION : FROM_NOWHERE);
    counted->operation = BIN_COUNT;
    counted->left = left;
    counted->operand = by;
    ex->births.items[counted->uid] = *counted;
    if (least >= 0 && least <= INT32_MAX && least + by >= 0)
        counted->least = least + by < EXACT ? least + by : EXACT;
    return symbol_value(counted->uid);
}

struct value operation(struct exploration *ex, struct state *state, enum binary kind, struct value left,
                       struct value right, int64_t number)
{
    if (kind == BIN_COUNT)
        return right.kind == V_NUMBER ? count(ex, state, left, right.number) : new_unknown(ex, state);
    if (left.kind == V_NUMBER && right.kind == V_NUMBER && kind != BIN_OTHER)
        return compute(kind, left.number, right.number);
    if (left.kind == V_UNKNOWN || right.kind == V_UNKNOWN)
        return new_unknown(ex, state);
    if (kind <= BIN_GE && right.kind == V_NUMBER)
        return compare_with_number(ex, state, kind, left, right.number);
    if (kind <= BIN_GE && left.kind == V_NUMBER)
        return compare_with_number(ex, state, mirrored(kind), right, left.number);
    if (kind <= BIN_GE)
        return compare_unknowns(ex, state, kind, left, right);
    const struct symbol *symbol = symbol_of(state, left);
    bool pointer = left.kind == V_LOCAL || left.kind == V_GLOBAL || (symbol != NULL && symbol->object != NO_OBJECT) ||
                   left.path != 0;
    if (pointer && kind != BIN_OTHER)
        return is_any_element(left) ? left : part_of(left, "[*]");
    return remembered(ex, state, kind, left, right, number);
}
