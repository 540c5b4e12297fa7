/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Operators that give values: assignments, comparisons, steps. */
#include "lower.h"

int32_t lower_literal(struct lowering *low, CXCursor cursor)
{
    CXEvalResult result = clang_Cursor_Evaluate(cursor);
    if (result == NULL)
        return emit_unknown(low, cursor);
    bool whole = clang_EvalResult_getKind(result) == CXEval_Int;
    int64_t number = whole ? clang_EvalResult_getAsLongLong(result) : 0;
    clang_EvalResult_dispose(result);
    return whole ? emit_number(low, number, cursor) : emit_unknown(low, cursor);
}

static int32_t assignment(struct lowering *low, CXCursor left, CXCursor right, CXCursor whole)
{
    bool aggregate = type_is_aggregate(clang_getCursorType(left));
    int32_t value = lower_value(low, right);
    int32_t address = lower_address(low, left);
    struct op *op = emit(low, aggregate ? OP_COPY : OP_STORE, whole);
    op->left = address;
    op->right = value;
    return aggregate ? address : value;
}

static enum binary arithmetic(enum operator_kind kind)
{
    switch (kind) {
    case OPERATOR_EQ: return BIN_EQ;
    case OPERATOR_NE: return BIN_NE;
    case OPERATOR_LT: return BIN_LT;
    case OPERATOR_LE: return BIN_LE;
    case OPERATOR_GT: return BIN_GT;
    case OPERATOR_GE: return BIN_GE;
    case OPERATOR_ADD: return BIN_ADD;
    case OPERATOR_SUB: return BIN_SUB;
    default: return BIN_OTHER;
    }
}

static int32_t emit_binary(struct lowering *low, enum binary kind, int32_t left, int32_t right, CXCursor at)
{
    struct op *op = emit(low, OP_BINARY, at);
    op->detail = (uint8_t)kind;
    op->left = left;
    op->right = right;
    /* Which of the other operators it is makes a difference for telling values apart, not for what they are. */
    op->number = kind == BIN_OTHER ? (int64_t)op->at.begin : 0;
    return op->result = new_register(low);
}

int32_t lower_binary(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    CXCursor left = children.count >= 2 ? children.items[0] : clang_getNullCursor();
    CXCursor right = children.count >= 2 ? children.items[1] : clang_getNullCursor();
    LIST_FREE(&children);
    if (clang_Cursor_isNull(left))
        return emit_unknown(low, cursor);
    enum operator_kind kind = binary_operator(low, left, right, cursor);
    if (kind == OPERATOR_ASSIGN)
        return assignment(low, left, right, cursor);
    if (kind == OPERATOR_AND || kind == OPERATOR_OR)
        return lower_truth(low, cursor);
    int32_t first = lower_value(low, left);
    int32_t second = lower_value(low, right);
    return kind == OPERATOR_COMMA ? second : emit_binary(low, arithmetic(kind), first, second, cursor);
}

static bool is_prefix(struct lowering *low, CXCursor whole)
{
    return word_at(low, whole, "++") || word_at(low, whole, "--");
}

/* `++` and `--` of a field are counted: reference counts say when something is released. */
static int counted(struct lowering *low, CXCursor target, CXCursor whole)
{
    unsigned begin, end;
    const char *text = in_macro(whole) ? NULL : text_between(low, whole, &begin, &end);
    if (text == NULL || end - begin < 3 || strip(target).kind != CXCursor_MemberRefExpr)
        return 0;
    return (is_prefix(low, whole) ? text[begin] : text[end - 1]) == '+' ? 1 : -1;
}

/* `x += y` and `x++`: a pointer stays one into the same memory, a number is another one each time. */
static int32_t step(struct lowering *low, CXCursor target, CXCursor other, CXCursor whole)
{
    bool pointer = type_is_pointer(clang_getCursorType(target)), single = clang_Cursor_isNull(other);
    int32_t right = single ? -1 : lower_value(low, other);
    int32_t address = lower_address(low, target);
    int32_t before = emit_load(low, address, whole), after;
    int count = single && !pointer ? counted(low, target, whole) : 0;
    if (pointer)
        after = emit_binary(low, BIN_ADD, before, single ? emit_number(low, 1, whole) : right, whole);
    else if (count != 0)
        after = emit_binary(low, BIN_COUNT, before, emit_number(low, count, whole), whole);
    else
        after = emit_unknown(low, whole);
    emit_store(low, address, after, whole);
    return count != 0 && !is_prefix(low, whole) ? before : after;
}

int32_t lower_compound_assignment(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    int32_t result =
        children.count >= 2 ? step(low, children.items[0], children.items[1], cursor) : emit_unknown(low, cursor);
    LIST_FREE(&children);
    return result;
}

int32_t lower_unary(struct lowering *low, CXCursor cursor)
{
    CXCursor operand = last_expression(cursor);
    if (clang_Cursor_isNull(operand))
        return emit_unknown(low, cursor);
    int32_t value;
    switch (unary_operator(low, cursor, operand)) {
    case OPERATOR_DEREF: return load_as(low, lower_value(low, operand), cursor);
    case OPERATOR_ADDRESS: return lower_address(low, operand);
    case OPERATOR_STEP: return step(low, operand, clang_getNullCursor(), cursor);
    case OPERATOR_NOT: {
        value = lower_value(low, operand);
        struct op *op = emit(low, OP_NOT, cursor);
        op->left = value;
        return op->result = new_register(low);
    }
    case OPERATOR_NONE: (void)lower_value(low, operand); return emit_unknown(low, cursor);
    default:
        if (strip(operand).kind == CXCursor_IntegerLiteral)
            return lower_literal(low, cursor);
        return lower_value(low, operand); /* __extension__, + and the like. */
    }
}
