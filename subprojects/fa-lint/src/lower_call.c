/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls and initializers. */
#include "lower.h"

#include <string.h>

enum { MOST_ARGUMENTS = 32 };

static bool is_callable(CXCursor cursor)
{
    return cursor.kind == CXCursor_FunctionDecl || cursor.kind == CXCursor_CXXMethod ||
           cursor.kind == CXCursor_Constructor || cursor.kind == CXCursor_ConversionFunction ||
           cursor.kind == CXCursor_FunctionTemplate;
}

/* The object of `object.method()`, or -1. */
static int32_t object_of(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    int32_t object = -1;
    CXCursor member = children.count != 0 ? strip(children.items[0]) : clang_getNullCursor();
    LIST_FREE(&children);
    if (member.kind != CXCursor_MemberRefExpr)
        return -1;
    CHILDREN(inner, member);
    if (inner.count != 0 && is_expression(inner.items[0]))
        object = type_is_pointer(clang_getCursorType(inner.items[0])) ? lower_value(low, inner.items[0])
                                                                      : lower_address(low, inner.items[0]);
    else if (low->function->locals.count != 0)
        object = emit_load(low, emit_local(low, 0, cursor), cursor);
    LIST_FREE(&inner);
    return object;
}

static int32_t callee_value(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    int32_t value = children.count != 0 && is_expression(children.items[0]) ? lower_value(low, children.items[0]) : -1;
    LIST_FREE(&children);
    return value;
}

/* The object that a constructor makes: a temporary, whose address is the value of the call. */
static int32_t constructed(struct lowering *low, CXCursor cursor)
{
    int32_t local = new_local(low, intern("object"), LOCAL_AGGREGATE);
    emit(low, OP_DECLARE, cursor)->left = local;
    return emit_local(low, local, cursor);
}

static bool is_method(CXCursor callee)
{
    return callee.kind == CXCursor_CXXMethod && !clang_CXXMethod_isStatic(callee);
}

/* `left = right` and the like, where the object is the first argument. */
static bool is_operator(CXCursor callee, int given)
{
    return is_method(callee) && given == clang_Cursor_getNumArguments(callee) + 1;
}

/* Copies that the compiler makes by itself, member by member. */
static bool is_plain_copy(CXCursor callee)
{
    if (!clang_CXXMethod_isDefaulted(callee))
        return false;
    if (callee.kind == CXCursor_Constructor)
        return clang_CXXConstructor_isCopyConstructor(callee) || clang_CXXConstructor_isMoveConstructor(callee);
    CXString name = clang_getCursorSpelling(callee);
    bool assigns = strcmp(clang_getCString(name), "operator=") == 0;
    clang_disposeString(name);
    return assigns;
}

static bool is_identity(CXCursor callee)
{
    CXString usr = clang_getCursorUSR(callee);
    const char *text = clang_getCString(usr);
    bool is = strstr(text, "@N@std@F") != NULL && (strstr(text, "@move") != NULL || strstr(text, "@forward") != NULL) &&
              clang_Cursor_getNumArguments(callee) == 1;
    clang_disposeString(usr);
    return is;
}

static int32_t copied(struct lowering *low, CXCursor cursor, bool assigns)
{
    int32_t from = lower_value(low, clang_Cursor_getArgument(cursor, assigns));
    int32_t to = assigns ? lower_address(low, clang_Cursor_getArgument(cursor, 0)) : constructed(low, cursor);
    struct op *op = emit(low, OP_COPY, cursor);
    op->left = to;
    op->right = from;
    return to;
}

bool returns_reference(CXCursor call)
{
    return type_is_reference(clang_getResultType(clang_getCursorType(clang_getCursorReferenced(call))));
}

static bool has_place(CXCursor inner)
{
    return inner.kind == CXCursor_DeclRefExpr || inner.kind == CXCursor_MemberRefExpr ||
           inner.kind == CXCursor_ArraySubscriptExpr || inner.kind == CXCursor_UnaryOperator ||
           (inner.kind == CXCursor_CallExpr && returns_reference(inner));
}

/* A reference takes the address of what it is given, or of a copy that the compiler makes. */
static int32_t lower_argument(struct lowering *low, CXType wanted, CXCursor argument)
{
    CXType type = clang_getCursorType(argument);
    if (!type_is_reference(wanted) || type_is_aggregate(type) || type_is_array(type))
        return lower_value(low, argument);
    CXCursor inner = strip(argument);
    if (has_place(inner))
        return lower_address(low, argument);
    int32_t local = new_temporary(low, argument);
    int32_t value = lower_value(low, argument);
    emit_store(low, emit_local(low, local, argument), value, argument);
    return emit_local(low, local, argument);
}

static int32_t lower_arguments(struct lowering *low, CXCursor cursor, CXCursor callee, int32_t *args, int32_t count)
{
    int given = clang_Cursor_getNumArguments(cursor), before = is_operator(callee, given);
    CXType type = clang_getCursorType(callee);
    int known = clang_getNumArgTypes(type);
    for (int i = 0; i < given && count < MOST_ARGUMENTS; i++) {
        CXCursor argument = clang_Cursor_getArgument(cursor, (unsigned)i);
        int at = i - before;
        if (at < 0)
            args[count++] = lower_address(low, argument);
        else
            args[count++] = at < known ? lower_argument(low, clang_getArgType(type, (unsigned)at), argument)
                                       : lower_value(low, argument);
    }
    return count;
}

int32_t lower_call(struct lowering *low, CXCursor cursor)
{
    CXCursor callee = clang_getCursorReferenced(cursor);
    int32_t args[MOST_ARGUMENTS], count = 0, object = -1, pointer = -1;
    int32_t cut = low->statement;
    int given = clang_Cursor_getNumArguments(cursor);
    low->statement = 0;
    if (low->plus_plus && given >= 1 && is_plain_copy(callee))
        return copied(low, cursor, callee.kind != CXCursor_Constructor && given == 2);
    if (low->plus_plus && given == 1 && is_identity(callee))
        return lower_address(low, clang_Cursor_getArgument(cursor, 0));
    if (callee.kind == CXCursor_Constructor)
        object = args[count++] = constructed(low, cursor);
    else if (is_method(callee) && !is_operator(callee, given)) {
        int32_t self = object_of(low, cursor);
        if (self >= 0)
            args[count++] = self;
    }
    if (!is_callable(callee))
        pointer = callee_value(low, cursor);
    count = lower_arguments(low, cursor, callee, args, count);
    emit_call(low, is_callable(callee) ? declare_function(low, callee) : 0, args, count, place_of_cursor(cursor));
    struct op *op = &low->function->ops.items[low->function->ops.count - 1];
    op->left = pointer;
    op->detail = cut != 0 && !in_macro(cursor) ? OP_DELETES : 0;
    return object >= 0 ? object : op->result;
}

static enum CXVisitorResult add_field(CXCursor cursor, CXClientData data)
{
    cursor_list *fields = data;
    LIST_PUSH(fields, cursor);
    return CXVisit_Continue;
}

static void store_part(struct lowering *low, int32_t address, CXType type, CXCursor value)
{
    CXCursor inner = strip(value);
    if (inner.kind == CXCursor_InitListExpr) {
        lower_initializer(low, address, type, inner);
        return;
    }
    int32_t part = lower_value(low, value);
    struct op *op = emit(low, type_is_aggregate(type) ? OP_COPY : OP_STORE, value);
    op->left = address;
    op->right = part;
}

static int32_t field_address(struct lowering *low, int32_t base, int32_t field, CXCursor at)
{
    struct op *op = emit(low, OP_FIELD, at);
    op->left = base;
    op->name = field;
    return op->result = new_register(low);
}

/* `.name = value`: the children are references to members, then the value. */
static size_t designated(struct lowering *low, int32_t address, CXCursor item, const cursor_list *fields)
{
    CHILDREN(children, item);
    size_t index = 0;
    CXType type = clang_getCursorType(item);
    for (size_t i = 0; i + 1 < children.count; i++) {
        if (children.items[i].kind != CXCursor_MemberRef)
            continue;
        CXCursor field = clang_getCursorReferenced(children.items[i]);
        address = field_address(low, address, interned(clang_getCursorSpelling(field)), item);
        type = clang_getCursorType(field);
        for (size_t k = 0; k < fields->count; k++)
            if (clang_equalCursors(fields->items[k], field))
                index = k;
    }
    if (children.count != 0)
        store_part(low, address, type, children.items[children.count - 1]);
    LIST_FREE(&children);
    return index + 1;
}

static bool is_designated(CXCursor item)
{
    CHILDREN(children, item);
    bool is =
        item.kind == CXCursor_UnexposedExpr && children.count >= 2 && children.items[0].kind == CXCursor_MemberRef;
    LIST_FREE(&children);
    return is;
}

static void initialize_fields(struct lowering *low, int32_t address, CXType type, const cursor_list *items)
{
    cursor_list fields = {0};
    clang_Type_visitFields(type, add_field, &fields);
    size_t next = 0;
    for (size_t i = 0; i < items->count; i++) {
        if (!is_expression(items->items[i]))
            continue;
        if (is_designated(items->items[i])) {
            next = designated(low, address, items->items[i], &fields);
        } else if (next < fields.count) {
            CXCursor field = fields.items[next++];
            int32_t part = field_address(low, address, interned(clang_getCursorSpelling(field)), items->items[i]);
            store_part(low, part, clang_getCursorType(field), items->items[i]);
        }
    }
    LIST_FREE(&fields);
}

static void initialize_elements(struct lowering *low, int32_t address, CXType type, const cursor_list *items)
{
    for (size_t i = 0; i < items->count && i < 64; i++) {
        int32_t index = emit_number(low, (int64_t)i, items->items[i]);
        struct op *op = emit(low, OP_INDEX, items->items[i]);
        op->left = address;
        op->right = index;
        int32_t part = op->result = new_register(low);
        store_part(low, part, clang_getElementType(clang_getCanonicalType(type)), items->items[i]);
    }
}

void lower_initializer(struct lowering *low, int32_t address, CXType type, CXCursor cursor)
{
    CXCursor list = strip(cursor);
    if (list.kind != CXCursor_InitListExpr) {
        store_part(low, address, type, cursor);
        return;
    }
    CHILDREN(items, list);
    if (type_is_aggregate(type) || type_is_array(type)) {
        emit(low, OP_CLEAR, cursor)->left = address;
        if (type_is_aggregate(type))
            initialize_fields(low, address, clang_getCanonicalType(type), &items);
        else
            initialize_elements(low, address, type, &items);
    } else if (items.count != 0) {
        store_part(low, address, type, items.items[0]);
    } else {
        emit_store(low, address, emit_number(low, 0, cursor), cursor);
    }
    LIST_FREE(&items);
}
