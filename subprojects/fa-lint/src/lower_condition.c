/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Conditions: `&&`, `||`, `!` and `?:` as branches. */
#include "lower.h"

#include <string.h>

static void both(struct lowering *low, CXCursor cursor, bool and, int32_t yes, int32_t no)
{
    CHILDREN(children, cursor);
    int32_t second = new_block(low);
    lower_condition(low, children.items[0], and? second : yes, and? no : second);
    start_block(low, second);
    size_t first = low->function->ops.count;
    lower_condition(low, children.items[1], yes, no);
    for (size_t i = first; i < low->function->ops.count; i++)
        low->function->ops.items[i].chained = 1;
    LIST_FREE(&children);
}

static bool is_expect(CXCursor cursor)
{
    CXString name = clang_getCursorSpelling(cursor);
    const char *text = clang_getCString(name);
    bool is = cursor.kind == CXCursor_CallExpr && text != NULL && strcmp(text, "__builtin_expect") == 0;
    clang_disposeString(name);
    return is;
}

void lower_condition(struct lowering *low, CXCursor cursor, int32_t yes, int32_t no)
{
    CXCursor inner = strip(cursor);
    if (is_expect(inner)) {
        lower_condition(low, clang_Cursor_getArgument(inner, 0), yes, no);
        return;
    }
    if (inner.kind == CXCursor_BinaryOperator) {
        CHILDREN(children, inner);
        enum operator_kind kind =
            children.count >= 2 ? binary_operator(low, children.items[0], children.items[1], inner) : OPERATOR_NONE;
        LIST_FREE(&children);
        if (kind == OPERATOR_AND || kind == OPERATOR_OR) {
            both(low, inner, kind == OPERATOR_AND, yes, no);
            return;
        }
    }
    if (inner.kind == CXCursor_UnaryOperator && unary_operator(low, inner, last_expression(inner)) == OPERATOR_NOT) {
        lower_condition(low, last_expression(inner), no, yes);
        return;
    }
    int32_t value = lower_value(low, cursor);
    end_branch(low, value, yes, no, cursor);
}

int32_t lower_truth(struct lowering *low, CXCursor cursor)
{
    int32_t local = new_temporary(low, cursor);
    int32_t yes = new_block(low), no = new_block(low), done = new_block(low);
    lower_condition(low, cursor, yes, no);
    start_block(low, yes);
    emit_store(low, emit_local(low, local, cursor), emit_number(low, 1, cursor), cursor);
    end_goto(low, done);
    start_block(low, no);
    emit_store(low, emit_local(low, local, cursor), emit_number(low, 0, cursor), cursor);
    end_goto(low, done);
    start_block(low, done);
    return emit_load(low, emit_local(low, local, cursor), cursor);
}

static void store_choice(struct lowering *low, int32_t local, CXCursor choice, int32_t block, int32_t done)
{
    start_block(low, block);
    int32_t value = lower_value(low, choice);
    emit_store(low, emit_local(low, local, choice), value, choice);
    end_goto(low, done);
}

int32_t lower_conditional(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    if (children.count < 3) {
        LIST_FREE(&children);
        return emit_unknown(low, cursor);
    }
    int32_t local = new_local(low, intern("choice"), 0);
    int32_t yes = new_block(low), no = new_block(low), done = new_block(low);
    lower_condition(low, children.items[0], yes, no);
    store_choice(low, local, children.items[1], yes, done);
    store_choice(low, local, children.items[2], no, done);
    start_block(low, done);
    LIST_FREE(&children);
    return emit_load(low, emit_local(low, local, cursor), cursor);
}
