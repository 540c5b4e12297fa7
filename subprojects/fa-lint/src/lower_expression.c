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

static int32_t literal(struct lowering *low, CXCursor cursor)
{
    CXEvalResult result = clang_Cursor_Evaluate(cursor);
    if (result == NULL)
        return emit_unknown(low, cursor);
    bool whole = clang_EvalResult_getKind(result) == CXEval_Int;
    int64_t number = whole ? clang_EvalResult_getAsLongLong(result) : 0;
    clang_EvalResult_dispose(result);
    return whole ? emit_number(low, number, cursor) : emit_unknown(low, cursor);
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

static int32_t address_of_name(struct lowering *low, CXCursor cursor, CXCursor declaration)
{
    struct binding_of_name *name = find_name(low, declaration);
    if (name != NULL) {
        bool reference = name->reference;
        int32_t address = emit_local(low, name->local, cursor);
        return reference ? emit_load(low, address, cursor) : address;
    }
    struct op *op = emit(low, OP_GLOBAL, cursor);
    op->name = declare_global(low, declaration);
    return op->result = new_register(low);
}

static int32_t load_as(struct lowering *low, int32_t address, CXCursor cursor)
{
    CXType type = clang_getCursorType(cursor);
    if (type_is_aggregate(type) || type_is_array(type) || clang_getCanonicalType(type).kind == CXType_FunctionProto)
        return address;
    return emit_load(low, address, cursor);
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

static int32_t member_address(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    int32_t base = -1;
    if (children.count != 0 && is_expression(children.items[0])) {
        CXCursor object = children.items[0];
        base = type_is_pointer(clang_getCursorType(object)) ? lower_value(low, object) : lower_address(low, object);
    } else if (low->plus_plus && low->function->locals.count != 0) {
        base = emit_load(low, emit_local(low, 0, cursor), cursor);
    }
    LIST_FREE(&children);
    if (base < 0)
        return emit_unknown(low, cursor);
    int32_t field = interned(clang_getCursorSpelling(cursor));
    struct op *op = emit(low, OP_FIELD, cursor);
    op->left = base;
    op->name = field;
    int32_t address = op->result = new_register(low);
    bool reference = type_is_reference(clang_getCursorType(clang_getCursorReferenced(cursor)));
    return reference ? emit_load(low, address, cursor) : address;
}

static int32_t element_address(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    if (children.count < 2) {
        LIST_FREE(&children);
        return emit_unknown(low, cursor);
    }
    int32_t base = lower_value(low, children.items[0]);
    int32_t index = lower_value(low, children.items[1]);
    LIST_FREE(&children);
    struct op *op = emit(low, OP_INDEX, cursor);
    op->left = base;
    op->right = index;
    return op->result = new_register(low);
}

int32_t new_temporary(struct lowering *low, CXCursor cursor)
{
    CXType type = clang_getCursorType(cursor);
    int32_t local = new_local(low, intern("temporary"), type_is_aggregate(type) ? LOCAL_AGGREGATE : 0);
    emit(low, OP_DECLARE, cursor)->left = local;
    return local;
}

static int32_t compound_literal(struct lowering *low, CXCursor cursor)
{
    int32_t local = new_temporary(low, cursor);
    CXCursor list = last_expression(cursor);
    if (!clang_Cursor_isNull(list))
        lower_initializer(low, emit_local(low, local, cursor), clang_getCursorType(cursor), list);
    return emit_local(low, local, cursor);
}

int32_t lower_address(struct lowering *low, CXCursor cursor)
{
    CXCursor inner = strip(cursor);
    CXCursor declaration = clang_getCursorReferenced(inner);
    if (inner.kind == CXCursor_DeclRefExpr &&
        (declaration.kind == CXCursor_VarDecl || declaration.kind == CXCursor_ParmDecl))
        return address_of_name(low, inner, declaration);
    if (inner.kind == CXCursor_MemberRefExpr)
        return member_address(low, inner);
    if (inner.kind == CXCursor_ArraySubscriptExpr)
        return element_address(low, inner);
    if (inner.kind == CXCursor_CompoundLiteralExpr)
        return compound_literal(low, inner);
    if (inner.kind == CXCursor_CallExpr)
        return lower_call(low, inner);
    if (inner.kind == CXCursor_UnaryOperator) {
        CXCursor operand = last_expression(inner);
        if (unary_operator(low, inner, operand) == OPERATOR_DEREF)
            return lower_value(low, operand);
    }
    return lower_value(low, inner);
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

static int32_t binary(struct lowering *low, CXCursor cursor)
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

/* `x += y` and `x++`: a pointer stays one into the same memory, a number is another one each time. */
static int32_t step(struct lowering *low, CXCursor target, CXCursor other, CXCursor whole)
{
    int32_t right = clang_Cursor_isNull(other) ? -1 : lower_value(low, other);
    int32_t address = lower_address(low, target);
    int32_t before = emit_load(low, address, whole);
    int32_t after = type_is_pointer(clang_getCursorType(target)) && right < 0
                        ? emit_binary(low, BIN_ADD, before, emit_number(low, 1, whole), whole)
                    : type_is_pointer(clang_getCursorType(target)) ? emit_binary(low, BIN_ADD, before, right, whole)
                                                                   : emit_unknown(low, whole);
    emit_store(low, address, after, whole);
    return after;
}

static int32_t compound_assignment(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    int32_t result =
        children.count >= 2 ? step(low, children.items[0], children.items[1], cursor) : emit_unknown(low, cursor);
    LIST_FREE(&children);
    return result;
}

static int32_t unary(struct lowering *low, CXCursor cursor)
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
            return literal(low, cursor);
        return lower_value(low, operand); /* __extension__, + and the like. */
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
    case CXCursor_CXXBoolLiteralExpr: return literal(low, cursor);
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
    case CXCursor_UnaryOperator: return unary(low, cursor);
    case CXCursor_BinaryOperator: return binary(low, cursor);
    case CXCursor_CompoundAssignOperator: return compound_assignment(low, cursor);
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
