/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Loops: their parts, and what can be said of how often they turn. */
#include "lower.h"

#include <string.h>

struct parts {
    CXCursor start;
    CXCursor condition;
    CXCursor advance;
    CXCursor body;
};

/* Which of the three places of `for (;;)` a child stands in: as many semicolons as there are before it. */
static int place_in_header(struct lowering *low, CXCursor loop, CXCursor child)
{
    unsigned begin, end, child_begin, child_end;
    const char *text = text_between(low, loop, &begin, &end);
    if (text == NULL || text_between(low, child, &child_begin, &child_end) != text)
        return -1;
    int semicolons = 0, depth = 0;
    for (unsigned i = begin; i < child_begin; i++) {
        depth += text[i] == '(' || text[i] == '{';
        depth -= text[i] == ')' || text[i] == '}';
        semicolons += text[i] == ';' && depth <= 1;
    }
    return semicolons;
}

static struct parts parts_of_for(struct lowering *low, CXCursor loop, const cursor_list *children)
{
    CXCursor none = clang_getNullCursor();
    struct parts parts = {none, none, none, children->items[children->count - 1]};
    CXCursor *places[] = {&parts.start, &parts.condition, &parts.advance};
    bool whole = children->count == 4;
    for (size_t i = 0; i + 1 < children->count; i++) {
        int place = whole ? (int)i : place_in_header(low, loop, children->items[i]);
        if (children->items[i].kind == CXCursor_DeclStmt && !whole && place != 1)
            place = 0;
        if (place >= 0 && place < 3)
            *places[place] = children->items[i];
    }
    return parts;
}

static struct parts parts_of(struct lowering *low, CXCursor loop, const cursor_list *children)
{
    CXCursor none = clang_getNullCursor();
    CXCursor last = children->items[children->count - 1];
    if (loop.kind == CXCursor_ForStmt)
        return parts_of_for(low, loop, children);
    if (loop.kind == CXCursor_DoStmt)
        return (struct parts){none, last, none, children->items[0]};
    if (loop.kind == CXCursor_CXXForRangeStmt)
        return (struct parts){none, none, none, last};
    return (struct parts){none, children->items[0], none, last};
}

static bool number_of(CXCursor cursor, int64_t *number)
{
    CXCursor inner = strip(cursor);
    if (inner.kind == CXCursor_DeclRefExpr && clang_getCursorReferenced(inner).kind == CXCursor_EnumConstantDecl) {
        *number = clang_getEnumConstantDeclValue(clang_getCursorReferenced(inner));
        return true;
    }
    if (inner.kind != CXCursor_IntegerLiteral && inner.kind != CXCursor_CXXBoolLiteralExpr &&
        inner.kind != CXCursor_BinaryOperator && inner.kind != CXCursor_UnaryExpr)
        return false;
    CXEvalResult result = clang_Cursor_Evaluate(inner);
    bool known = result != NULL && clang_EvalResult_getKind(result) == CXEval_Int;
    if (known)
        *number = clang_EvalResult_getAsLongLong(result);
    if (result != NULL)
        clang_EvalResult_dispose(result);
    return known;
}

/* `i < N` with a constant N, counted from 0: N turns. */
static int64_t turns_of(struct lowering *low, CXCursor condition)
{
    CXCursor inner = clang_Cursor_isNull(condition) ? condition : strip(condition);
    int64_t limit = -1;
    if (inner.kind != CXCursor_BinaryOperator)
        return -1;
    CHILDREN(children, inner);
    if (children.count == 2) {
        enum operator_kind kind = binary_operator(low, children.items[0], children.items[1], inner);
        bool upward = kind == OPERATOR_LT || kind == OPERATOR_LE || kind == OPERATOR_NE;
        if (!upward || !number_of(children.items[1], &limit))
            limit = -1;
    }
    LIST_FREE(&children);
    return limit;
}

static const char *const readers[] = {
    "read", "recv",   "recvfrom",   "fgets", "fread",  "getline", "getc",     "fgetc",         "getchar",      "accept",
    "poll", "select", "epoll_wait", "scanf", "fscanf", "readdir", "getdelim", "SDL_PollEvent", "SDL_WaitEvent"};

static enum CXChildVisitResult find_reader(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    bool *found = data;
    CXString name = clang_getCursorSpelling(cursor);
    const char *text = clang_getCString(name);
    for (size_t i = 0; cursor.kind == CXCursor_CallExpr && i < sizeof readers / sizeof *readers; i++)
        *found |= text != NULL && strcmp(text, readers[i]) == 0;
    clang_disposeString(name);
    return CXChildVisit_Recurse;
}

static int32_t begin_loop(struct lowering *low, CXCursor cursor, struct parts parts)
{
    int64_t constant = 0;
    bool none = clang_Cursor_isNull(parts.condition), fed = false;
    bool always =
        cursor.kind != CXCursor_CXXForRangeStmt && (none || (number_of(parts.condition, &constant) && constant != 0));
    if (!none) {
        clang_visitChildren(parts.condition, find_reader, &fed);
        find_reader(strip(parts.condition), cursor, &fed);
    }
    struct loop loop = {.parent = low->loop,
                        .header = -1,
                        .turns = turns_of(low, parts.condition),
                        .endless = always,
                        .fed = fed,
                        .at = place_of_cursor(cursor)};
    LIST_PUSH(&low->function->loops, loop);
    return (int32_t)low->function->loops.count - 1;
}

static void lower_test(struct lowering *low, struct parts parts, int32_t body, int32_t done)
{
    CXCursor condition = parts.condition;
    if (clang_Cursor_isNull(condition)) {
        end_goto(low, body);
    } else if (condition.kind == CXCursor_DeclStmt || condition.kind == CXCursor_VarDecl) {
        lower_statement(low, condition);
        struct op *op = emit(low, OP_UNKNOWN, condition);
        int32_t test = op->result = new_register(low);
        end_branch(low, test, body, done, condition);
    } else {
        lower_condition(low, condition, body, done);
    }
}

static void lower_range(struct lowering *low, CXCursor cursor, int32_t body, int32_t done)
{
    struct op *op = emit(low, OP_UNKNOWN, cursor);
    int32_t test = op->result = new_register(low);
    end_branch(low, test, body, done, cursor);
}

/* `for (auto item : items)`: another item in each turn. */
static void declare_item(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    for (size_t i = 0; i + 1 < children.count; i++)
        if (children.items[i].kind == CXCursor_VarDecl)
            lower_variable(low, children.items[i]);
    LIST_FREE(&children);
}

static void lower_turn(struct lowering *low, CXCursor cursor, struct parts parts, const int32_t blocks[4])
{
    int32_t header = blocks[0], body = blocks[1], advance = blocks[2], done = blocks[3];
    end_goto(low, cursor.kind == CXCursor_DoStmt ? body : header);
    start_block(low, header);
    if (cursor.kind == CXCursor_CXXForRangeStmt)
        lower_range(low, cursor, body, done);
    else
        lower_test(low, parts, body, done);
    start_block(low, body);
    if (cursor.kind == CXCursor_CXXForRangeStmt)
        declare_item(low, cursor);
    lower_statement(low, parts.body);
    end_goto(low, advance);
    start_block(low, advance);
    if (!clang_Cursor_isNull(parts.advance))
        lower_statement(low, parts.advance);
    end_goto(low, header);
}

void lower_loop(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    if (children.count == 0)
        return;
    struct parts parts = parts_of(low, cursor, &children);
    LIST_FREE(&children);
    struct target on_break = low->on_break, on_continue = low->on_continue;
    size_t scope = low->scope.count;
    int32_t around = low->loop;
    if (!clang_Cursor_isNull(parts.start))
        lower_statement(low, parts.start);
    int32_t done = new_block(low);
    int32_t loop = low->loop = begin_loop(low, cursor, parts);
    int32_t header = new_block(low), body = new_block(low), advance = new_block(low);
    low->function->loops.items[loop].header = header;
    low->on_break = (struct target){done, low->scope.count};
    low->on_continue = (struct target){advance, low->scope.count};
    lower_turn(low, cursor, parts, (const int32_t[]){header, body, advance, done});
    low->loop = around;
    low->on_break = on_break;
    low->on_continue = on_continue;
    start_block(low, done);
    leave_scope(low, scope, cursor);
    low->scope.count = scope;
}
