/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Variables: how they begin, and what is called when their scope is left. */
#include "lower.h"

#include <string.h>

/* What leaving scopes calls: cleanup functions and destructors, newest first. */
void leave_scope(struct lowering *low, size_t down_to, CXCursor at)
{
    for (size_t i = low->scope.count; i-- > down_to;) {
        struct scope_item item = low->scope.items[i];
        int32_t address = emit_local(low, item.local, at);
        emit_call(low, item.cleanup, &address, 1, item.at);
    }
}

/* The name of the function in __attribute__((cleanup(name))), from its text. */
static int32_t cleanup_by_text(struct lowering *low, CXCursor attribute)
{
    unsigned begin, end;
    const char *text = in_macro(attribute) ? NULL : text_between(low, attribute, &begin, &end);
    if (text == NULL || !starts_with(text + begin, "cleanup"))
        return 0;
    const char *open = strchr(text + begin, '(');
    if (open == NULL)
        return 0;
    open += 1 + strspn(open + 1, " \t");
    int32_t name = intern_bytes(open, strcspn(open, " \t)"));
    for (size_t i = 0; i < low->module->functions.count; i++)
        if (low->module->functions.items[i].name == name)
            return low->module->functions.items[i].usr;
    return 0;
}

/* The guards of our headers, whose attribute comes from a macro, go by the name of their type. */
static int32_t cleanup_by_type(struct lowering *low, CXCursor variable)
{
    CXString spelling = clang_getTypeSpelling(clang_getCursorType(variable));
    char *wanted = format_text("%s_end", clang_getCString(spelling));
    clang_disposeString(spelling);
    int32_t usr = 0, name = starts_with(wanted, "fa_") ? intern(wanted) : 0;
    for (size_t i = 0; name != 0 && i < low->module->functions.count; i++)
        if (low->module->functions.items[i].name == name)
            usr = low->module->functions.items[i].usr;
    release(wanted);
    return usr;
}

static int32_t destructor_of(struct lowering *low, CXType type)
{
    CHILDREN(members, clang_getTypeDeclaration(clang_getCanonicalType(type)));
    int32_t usr = 0;
    for (size_t i = 0; i < members.count; i++)
        if (members.items[i].kind == CXCursor_Destructor)
            usr = declare_function(low, members.items[i]);
    LIST_FREE(&members);
    return usr;
}

static int32_t cleanup_of(struct lowering *low, CXCursor cursor)
{
    CHILDREN(children, cursor);
    int32_t cleanup = 0;
    for (size_t i = 0; i < children.count && cleanup == 0; i++)
        if (children.items[i].kind == CXCursor_UnexposedAttr) {
            cleanup = cleanup_by_text(low, children.items[i]);
            cleanup = cleanup != 0 ? cleanup : cleanup_by_type(low, cursor);
        }
    LIST_FREE(&children);
    if (cleanup == 0 && low->plus_plus && type_is_aggregate(clang_getCursorType(cursor)))
        cleanup = destructor_of(low, clang_getCursorType(cursor));
    return cleanup;
}

static CXCursor initializer_of(CXCursor cursor)
{
    CXCursor found = clang_Cursor_getVarDeclInitializer(cursor);
    return is_expression(found) ? found : clang_getNullCursor();
}

static void initialize_local(struct lowering *low, int32_t local, bool reference, CXCursor cursor)
{
    CXCursor initializer = initializer_of(cursor);
    if (clang_Cursor_isNull(initializer))
        return;
    if (reference) {
        int32_t target = lower_address(low, initializer);
        emit_store(low, emit_local(low, local, cursor), target, cursor);
        return;
    }
    CXCursor inner = strip(initializer);
    int32_t address = emit_local(low, local, cursor);
    if (inner.kind == CXCursor_InitListExpr) {
        lower_initializer(low, address, clang_getCursorType(cursor), inner);
        return;
    }
    CXType type = clang_getCursorType(cursor);
    if (type_is_array(type))
        return;
    int32_t value = lower_value(low, initializer);
    address = emit_local(low, local, cursor);
    struct op *op = emit(low, type_is_aggregate(type) ? OP_COPY : OP_STORE, cursor);
    op->left = address;
    op->right = value;
}

void lower_variable(struct lowering *low, CXCursor cursor)
{
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(cursor);
    if (cursor.kind != CXCursor_VarDecl || storage == CX_SC_Static || storage == CX_SC_Extern)
        return;
    CXType type = clang_getCursorType(cursor);
    int32_t allow = 0, marks = annotations_of(cursor, &allow);
    int32_t flags = (type_is_aggregate(type) || type_is_array(type) ? LOCAL_AGGREGATE : 0) |
                    (type_is_pointer(type) ? LOCAL_POINTER : 0) | ((marks & MARK_FRAME) ? LOCAL_FRAME : 0);
    int32_t local = new_local(low, interned(clang_getCursorSpelling(cursor)), flags);
    low->function->locals.items[local].allow = allow;
    enum CXTypeKind kind = clang_getCanonicalType(type).kind;
    bool reference = kind == CXType_LValueReference || kind == CXType_RValueReference;
    emit(low, OP_DECLARE, cursor)->left = local;
    LIST_PUSH(&low->names, (struct binding_of_name){clang_getCanonicalCursor(cursor), local, reference});
    initialize_local(low, local, reference, cursor);
    int32_t cleanup = cleanup_of(low, cursor);
    if (cleanup != 0)
        LIST_PUSH(&low->scope, (struct scope_item){local, cleanup, low->within, place_of_cursor(cursor)});
}
