/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Places: names, members, elements, and what lies in them. */
#include "lower.h"

int32_t address_of_name(struct lowering *low, CXCursor cursor, CXCursor declaration)
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

int32_t load_as(struct lowering *low, int32_t address, CXCursor cursor)
{
    CXType type = clang_getCursorType(cursor);
    if (type_is_aggregate(type) || type_is_array(type) || clang_getCanonicalType(type).kind == CXType_FunctionProto)
        return address;
    return emit_load(low, address, cursor);
}

int32_t member_address(struct lowering *low, CXCursor cursor)
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

int32_t element_address(struct lowering *low, CXCursor cursor)
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

int32_t compound_literal(struct lowering *low, CXCursor cursor)
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
