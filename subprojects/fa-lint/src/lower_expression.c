/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lower.h"

#include <string.h>

/* Casts, parentheses and whatever the compiler adds say nothing about what a value is. */
static bool is_wrapper(CXCursor cursor)
{
    switch (cursor.kind) {
    case CXCursor_UnexposedExpr:
    case CXCursor_ParenExpr:
    case CXCursor_CStyleCastExpr:
    case CXCursor_CXXStaticCastExpr:
    case CXCursor_CXXReinterpretCastExpr:
    case CXCursor_CXXConstCastExpr:
    case CXCursor_CXXFunctionalCastExpr:
    case CXCursor_GenericSelectionExpr: return true;
    default: return false;
    }
}

CXCursor last_expression(CXCursor cursor)
{
    CHILDREN(children, cursor);
    CXCursor found = clang_getNullCursor();
    for (size_t i = 0; i < children.count; i++)
        if (is_expression(children.items[i]))
            found = children.items[i];
    LIST_FREE(&children);
    return found;
}

CXCursor strip(CXCursor cursor)
{
    while (is_wrapper(cursor)) {
        CXCursor inner = last_expression(cursor);
        if (clang_Cursor_isNull(inner))
            break;
        cursor = inner;
    }
    return cursor;
}

int32_t emit_unknown(struct lowering *low, CXCursor at)
{
    struct op *op = emit(low, OP_UNKNOWN, at);
    return op->result = new_register(low);
}

static int32_t text_literal(struct lowering *low, CXCursor cursor)
{
    CXString spelling = clang_getCursorSpelling(cursor);
    const char *text = clang_getCString(spelling);
    size_t length = text != NULL ? strlen(text) : 0;
    bool quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    int32_t name = quoted ? intern_bytes(text + 1, length - 2) : intern(text);
    clang_disposeString(spelling);
    struct op *op = emit(low, OP_TEXT, cursor);
    op->name = name;
    return op->result = new_register(low);
}

static int32_t name_value(struct lowering *low, CXCursor cursor)
{
    CXCursor declaration = clang_getCursorReferenced(cursor);
    struct op *op;
    switch (declaration.kind) {
    case CXCursor_EnumConstantDecl: return emit_number(low, clang_getEnumConstantDeclValue(declaration), cursor);
    case CXCursor_FunctionDecl:
    case CXCursor_CXXMethod:
    case CXCursor_FunctionTemplate: {
        int32_t name = declare_function(low, declaration);
        op = emit(low, OP_FUNCTION, cursor);
        op->name = name;
        return op->result = new_register(low);
    }
    case CXCursor_VarDecl:
    case CXCursor_ParmDecl: return load_as(low, address_of_name(low, cursor, declaration), cursor);
    default: return emit_unknown(low, cursor);
    }
}

static int32_t statement_expression(struct lowering *low, CXCursor cursor)
{
    CHILDREN(outer, cursor);
    int32_t result = -1;
    if (outer.count != 0) {
        CHILDREN(children, outer.items[0]);
        for (size_t i = 0; i < children.count; i++) {
            if (i + 1 == children.count && is_expression(children.items[i]))
                result = lower_value(low, children.items[i]);
            else
                lower_statement(low, children.items[i]);
        }
        LIST_FREE(&children);
    }
    LIST_FREE(&outer);
    return result >= 0 ? result : emit_unknown(low, cursor);
}

/* A lambda is an object that holds what it captures. */
static int32_t lambda(struct lowering *low, CXCursor cursor)
{
    int32_t local = new_local(low, intern("lambda"), LOCAL_AGGREGATE);
    CHILDREN(children, cursor);
    for (size_t i = 0; i < children.count; i++) {
        CXCursor captured = clang_getCursorReferenced(children.items[i]);
        if (children.items[i].kind != CXCursor_VariableRef || find_name(low, captured) == NULL)
            continue;
        int32_t value = load_as(low, address_of_name(low, children.items[i], captured), captured);
        int32_t base = emit_local(low, local, cursor);
        int32_t field = interned(clang_getCursorSpelling(children.items[i]));
        struct op *op = emit(low, OP_FIELD, cursor);
        op->left = base;
        op->name = field;
        int32_t address = op->result = new_register(low);
        emit_store(low, address, value, cursor);
    }
    LIST_FREE(&children);
    return emit_local(low, local, cursor);
}

bool word_at(struct lowering *low, CXCursor cursor, const char *word)
{
    unsigned begin, end;
    const char *text = text_between(low, cursor, &begin, &end);
    return text != NULL && end - begin >= strlen(word) && starts_with(text + begin, word);
}

static int32_t suspension(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    for (size_t i = 0; i < children.count; i++)
        if (is_expression(children.items[i])) {
            (void)lower_value(low, children.items[i]);
            break;
        }
    LIST_FREE(&children);
    low->function->flags |= FUNCTION_COROUTINE;
    emit(low, OP_SUSPEND, cursor);
    return emit_unknown(low, cursor);
}

static int32_t wrapped(struct lowering *low, CXCursor cursor)
{
    if (low->plus_plus && (word_at(low, cursor, "co_await") || word_at(low, cursor, "co_yield")))
        return suspension(low, cursor);
    CXCursor inner = last_expression(cursor);
    return clang_Cursor_isNull(inner) ? emit_unknown(low, cursor) : lower_value(low, inner);
}

static int32_t operator_call(struct lowering *low, CXCursor cursor, const char *name)
{
    CXCursor operand = last_expression(cursor);
    int32_t value = clang_Cursor_isNull(operand) ? -1 : lower_value(low, operand);
    emit_call(low, intern(name), &value, value >= 0 && strcmp(name, "operator delete") == 0, place_of_cursor(cursor));
    return low->function->ops.items[low->function->ops.count - 1].result;
}

int32_t lower_value(struct lowering *low, CXCursor cursor)
{
    if (is_wrapper(cursor))
        return wrapped(low, cursor);
    switch (cursor.kind) {
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_UnaryExpr:
    case CXCursor_CXXBoolLiteralExpr: return lower_literal(low, cursor);
    case CXCursor_GNUNullExpr:
    case CXCursor_CXXNullPtrLiteralExpr: return emit_number(low, 0, cursor);
    case CXCursor_StringLiteral: return text_literal(low, cursor);
    case CXCursor_DeclRefExpr: return name_value(low, cursor);
    case CXCursor_MemberRefExpr: return load_as(low, member_address(low, cursor), cursor);
    case CXCursor_ArraySubscriptExpr: return load_as(low, element_address(low, cursor), cursor);
    case CXCursor_CallExpr: {
        int32_t result = lower_call(low, cursor);
        return returns_reference(cursor) ? load_as(low, result, cursor) : result;
    }
    case CXCursor_UnaryOperator: return lower_unary(low, cursor);
    case CXCursor_BinaryOperator: return lower_binary(low, cursor);
    case CXCursor_CompoundAssignOperator: return lower_compound_assignment(low, cursor);
    case CXCursor_ConditionalOperator: return lower_conditional(low, cursor);
    case CXCursor_CompoundLiteralExpr: return compound_literal(low, cursor);
    case CXCursor_InitListExpr: {
        int32_t local = new_temporary(low, cursor);
        lower_initializer(low, emit_local(low, local, cursor), clang_getCursorType(cursor), cursor);
        return emit_local(low, local, cursor);
    }
    case CXCursor_StmtExpr: return statement_expression(low, cursor);
    case CXCursor_LambdaExpr: return lambda(low, cursor);
    case CXCursor_CXXNewExpr: return operator_call(low, cursor, "operator new");
    case CXCursor_CXXDeleteExpr: return operator_call(low, cursor, "operator delete");
    case CXCursor_CXXThisExpr:
        return low->function->locals.count != 0 ? emit_load(low, emit_local(low, 0, cursor), cursor)
                                                : emit_unknown(low, cursor);
    default: return emit_unknown(low, cursor);
    }
}
