/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lower.h"

#include <string.h>

static void jump(struct lowering *low, int32_t block)
{
    end_goto(low, block);
    start_block(low, new_block(low)); /* What follows is reached by labels and cases only. */
}

static void lower_compound(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    size_t scope = low->scope.count;
    struct place around = low->within;
    low->within = place_of_cursor(cursor);
    for (size_t i = 0; i < children.count; i++)
        lower_statement(low, children.items[i]);
    leave_scope(low, scope, cursor);
    low->scope.count = scope;
    low->within = around;
    LIST_FREE(&children);
}

static void lower_if(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    size_t first = 0;
    size_t scope = low->scope.count;
    /* C++: an init statement or a declaration may stand before the condition. */
    while (first + 2 < children.count &&
           (children.items[first].kind == CXCursor_DeclStmt || children.items[first].kind == CXCursor_VarDecl))
        lower_statement(low, children.items[first++]);
    int32_t yes = new_block(low), done = new_block(low);
    bool other = children.count > first + 2;
    int32_t no = other ? new_block(low) : done;
    if (first < children.count)
        lower_condition(low, children.items[first], yes, no);
    start_block(low, yes);
    if (first + 1 < children.count)
        lower_statement(low, children.items[first + 1]);
    end_goto(low, done);
    if (other) {
        start_block(low, no);
        lower_statement(low, children.items[first + 2]);
        end_goto(low, done);
    }
    start_block(low, done);
    leave_scope(low, scope, cursor);
    low->scope.count = scope;
    LIST_FREE(&children);
}

static int32_t find_label(struct lowering *low, CXCursor label)
{
    uint32_t offset = place_of_cursor(label).begin;
    for (size_t i = 0; i < low->labels.count; i++)
        if (low->labels.items[i].offset == offset && low->labels.items[i].cursor.kind == label.kind)
            return low->labels.items[i].block;
    int32_t block = new_block(low);
    LIST_PUSH(&low->labels, (struct label){label, offset, block});
    return block;
}

static void lower_goto(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    CXCursor label = children.count != 0 ? clang_getCursorReferenced(children.items[0]) : clang_getNullCursor();
    LIST_FREE(&children);
    if (label.kind != CXCursor_LabelStmt) {
        start_block(low, new_block(low));
        return;
    }
    unsigned to = place_of_cursor(label).begin;
    size_t keep = low->scope.count;
    while (keep > 0 && (to < low->scope.items[keep - 1].within.begin || to > low->scope.items[keep - 1].within.end))
        keep--;
    leave_scope(low, keep, cursor);
    jump(low, find_label(low, label));
}

static void lower_label(struct lowering *low, CXCursor cursor)
{
    int32_t block = find_label(low, cursor);
    end_goto(low, block);
    start_block(low, block);
    CHILDREN(children, cursor);
    for (size_t i = 0; i < children.count; i++)
        lower_statement(low, children.items[i]);
    LIST_FREE(&children);
}

/* The cases of a switch, wherever in its body they stand. */
struct cases {
    LIST(struct label) items;
};

static enum CXChildVisitResult add_case(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct cases *cases = data;
    if (cursor.kind == CXCursor_SwitchStmt || is_expression(cursor))
        return CXChildVisit_Continue;
    if (cursor.kind == CXCursor_CaseStmt || cursor.kind == CXCursor_DefaultStmt)
        LIST_PUSH(&cases->items, (struct label){cursor, place_of_cursor(cursor).begin, -1});
    return CXChildVisit_Recurse;
}

static void test_case(struct lowering *low, int32_t subject, struct label *label)
{
    CHILDREN(children, label->cursor);
    if (children.count == 2) {
        int32_t value = lower_value(low, children.items[0]);
        int32_t held = emit_load(low, emit_local(low, subject, label->cursor), label->cursor);
        struct op *op = emit(low, OP_BINARY, label->cursor);
        op->detail = BIN_EQ;
        op->left = held;
        op->right = value;
        int32_t test = op->result = new_register(low);
        int32_t next = new_block(low);
        end_branch(low, test, label->block, next, label->cursor);
        start_block(low, next);
    } else { /* A range of values may or may not hold it. */
        struct op *op = emit(low, OP_UNKNOWN, label->cursor);
        int32_t test = op->result = new_register(low);
        int32_t next = new_block(low);
        end_branch(low, test, label->block, next, label->cursor);
        start_block(low, next);
    }
    LIST_FREE(&children);
}

static void lower_switch(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    struct cases cases = {{0}};
    struct target on_break = low->on_break;
    if (children.count >= 2) {
        int32_t subject = new_local(low, intern("subject"), 0);
        int32_t value = lower_value(low, children.items[children.count - 2]);
        emit_store(low, emit_local(low, subject, cursor), value, cursor);
        clang_visitChildren(children.items[children.count - 1], add_case, &cases);
        int32_t done = new_block(low), otherwise = done;
        for (size_t i = 0; i < cases.items.count; i++) {
            struct label *label = &cases.items.items[i];
            label->block = new_block(low);
            LIST_PUSH(&low->labels, *label);
            if (label->cursor.kind == CXCursor_DefaultStmt)
                otherwise = label->block;
            else
                test_case(low, subject, label);
        }
        low->on_break = (struct target){done, low->scope.count};
        jump(low, otherwise);
        lower_statement(low, children.items[children.count - 1]);
        low->on_break = on_break;
        end_goto(low, done);
        start_block(low, done);
    }
    LIST_FREE(&cases.items);
    LIST_FREE(&children);
}

static void lower_case(struct lowering *low, CXCursor cursor)
{
    int32_t block = find_label(low, cursor);
    end_goto(low, block);
    start_block(low, block);
    CHILDREN(children, cursor);
    if (children.count != 0)
        lower_statement(low, children.items[children.count - 1]);
    LIST_FREE(&children);
}

static void lower_return(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    struct function *function = low->function;
    if (children.count != 0 && is_expression(children.items[0])) {
        CXType type = clang_getCursorType(children.items[0]);
        bool reference = low->returns_reference;
        int32_t value = reference ? lower_address(low, children.items[0]) : lower_value(low, children.items[0]);
        int32_t address = emit_local(low, function->result_local, cursor);
        struct op *op = emit(low, type_is_aggregate(type) && !reference ? OP_COPY : OP_STORE, cursor);
        op->left = address;
        op->right = value;
    }
    LIST_FREE(&children);
    leave_scope(low, 0, cursor);
    struct block *block = &low->function->blocks.items[low->block];
    block->last = (int32_t)low->function->ops.count;
    block->end = END_RETURN;
    block->at = place_of_cursor(cursor);
    start_block(low, new_block(low));
}

static void leave_to(struct lowering *low, struct target target, CXCursor cursor)
{
    if (target.block < 0)
        return;
    leave_scope(low, target.scope, cursor);
    jump(low, target.block);
}

static void lower_children(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    for (size_t i = 0; i < children.count; i++)
        lower_statement(low, children.items[i]);
    LIST_FREE(&children);
}

static void lower_expression_statement(struct lowering *low, CXCursor cursor)
{
    low->statement = strip(cursor).kind == CXCursor_CallExpr;
    (void)lower_value(low, cursor);
    low->statement = 0;
}

void lower_statement(struct lowering *low, CXCursor cursor)
{
    switch (cursor.kind) {
    case CXCursor_CompoundStmt: lower_compound(low, cursor); break;
    case CXCursor_DeclStmt: lower_children(low, cursor); break;
    case CXCursor_VarDecl: lower_variable(low, cursor); break;
    case CXCursor_IfStmt: lower_if(low, cursor); break;
    case CXCursor_WhileStmt:
    case CXCursor_DoStmt:
    case CXCursor_ForStmt:
    case CXCursor_CXXForRangeStmt: lower_loop(low, cursor); break;
    case CXCursor_SwitchStmt: lower_switch(low, cursor); break;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt: lower_case(low, cursor); break;
    case CXCursor_BreakStmt: leave_to(low, low->on_break, cursor); break;
    case CXCursor_ContinueStmt: leave_to(low, low->on_continue, cursor); break;
    case CXCursor_GotoStmt: lower_goto(low, cursor); break;
    case CXCursor_LabelStmt: lower_label(low, cursor); break;
    case CXCursor_ReturnStmt: lower_return(low, cursor); break;
    case CXCursor_UnexposedStmt:
        if (word_at(low, cursor, "co_return"))
            lower_return(low, cursor);
        else
            lower_children(low, cursor);
        break;
    case CXCursor_CXXTryStmt: lower_children(low, cursor); break;
    default:
        if (is_expression(cursor))
            lower_expression_statement(low, cursor);
        break;
    }
}
