/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Places, types, blocks: what expressions and statements are lowered with. */
#include "lower.h"

static enum CXChildVisitResult add_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    cursor_list *children = data;
    LIST_PUSH(children, cursor);
    return CXChildVisit_Continue;
}

void collect_children(CXCursor cursor, cursor_list *children)
{
    clang_visitChildren(cursor, add_child, children);
}

int32_t interned(CXString string)
{
    int32_t id = intern(clang_getCString(string));
    clang_disposeString(string);
    return id;
}

int32_t name_of_file(CXFile file)
{
    int32_t name = interned(clang_File_tryGetRealPathName(file));
    return name != 0 ? name : interned(clang_getFileName(file));
}

struct place place_of_cursor(CXCursor cursor)
{
    CXSourceRange range = clang_getCursorExtent(cursor);
    CXFile file = NULL;
    struct place place = {0};
    clang_getExpansionLocation(clang_getRangeStart(range), &file, &place.line, &place.column, &place.begin);
    clang_getExpansionLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &place.end);
    if (file != NULL)
        place.file = name_of_file(file);
    return place;
}

bool in_macro(CXCursor cursor)
{
    unsigned expansion = 0, end = 0, file_end = 0;
    CXSourceRange range = clang_getCursorExtent(cursor);
    clang_getExpansionLocation(clang_getRangeStart(range), NULL, NULL, NULL, &expansion);
    clang_getExpansionLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &end);
    clang_getFileLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &file_end);
    return end != file_end || expansion > file_end;
}

const char *text_between(struct lowering *low, CXCursor cursor, unsigned *begin, unsigned *end)
{
    CXSourceRange range = clang_getCursorExtent(cursor);
    CXFile file = NULL;
    clang_getFileLocation(clang_getRangeStart(range), &file, NULL, NULL, begin);
    clang_getFileLocation(clang_getRangeEnd(range), NULL, NULL, NULL, end);
    if (file == NULL)
        return NULL;
    if (low->text_file == NULL || !clang_File_isEqual(file, low->text_file)) {
        low->text = clang_getFileContents(low->unit, file, &low->text_length);
        low->text_file = file;
    }
    return low->text != NULL && *end <= low->text_length && *begin <= *end ? low->text : NULL;
}

bool is_expression(CXCursor cursor)
{
    return clang_isExpression(cursor.kind) || cursor.kind == CXCursor_UnexposedExpr;
}

bool type_is_aggregate(CXType type)
{
    return clang_getCanonicalType(type).kind == CXType_Record;
}

bool type_is_array(CXType type)
{
    enum CXTypeKind kind = clang_getCanonicalType(type).kind;
    return kind == CXType_ConstantArray || kind == CXType_IncompleteArray || kind == CXType_VariableArray ||
           kind == CXType_DependentSizedArray;
}

bool type_is_pointer(CXType type)
{
    enum CXTypeKind kind = clang_getCanonicalType(type).kind;
    return kind == CXType_Pointer || kind == CXType_LValueReference || kind == CXType_RValueReference;
}

bool type_is_reference(CXType type)
{
    enum CXTypeKind kind = clang_getCanonicalType(type).kind;
    return kind == CXType_LValueReference || kind == CXType_RValueReference;
}

struct op *emit(struct lowering *low, enum op_kind kind, CXCursor at)
{
    struct op op = {.kind = (uint8_t)kind, .result = -1, .left = -1, .right = -1, .at = place_of_cursor(at)};
    LIST_PUSH(&low->function->ops, op);
    return &low->function->ops.items[low->function->ops.count - 1];
}

int32_t new_register(struct lowering *low)
{
    return low->function->registers++;
}

int32_t new_local(struct lowering *low, int32_t name, int32_t flags)
{
    LIST_PUSH(&low->function->locals, (struct local){name, flags, 0});
    return (int32_t)low->function->locals.count - 1;
}

int32_t emit_number(struct lowering *low, int64_t number, CXCursor at)
{
    struct op *op = emit(low, OP_NUMBER, at);
    op->number = number;
    return op->result = new_register(low);
}

int32_t emit_local(struct lowering *low, int32_t local, CXCursor at)
{
    struct op *op = emit(low, OP_LOCAL, at);
    op->left = local;
    return op->result = new_register(low);
}

int32_t emit_load(struct lowering *low, int32_t address, CXCursor at)
{
    struct op *op = emit(low, OP_LOAD, at);
    op->left = address;
    return op->result = new_register(low);
}

void emit_store(struct lowering *low, int32_t address, int32_t value, CXCursor at)
{
    struct op *op = emit(low, OP_STORE, at);
    op->left = address;
    op->right = value;
}

void emit_call(struct lowering *low, int32_t callee, const int32_t *args, int32_t count, struct place at)
{
    struct op *op = emit(low, OP_CALL, clang_getNullCursor());
    op->at = at;
    op->name = callee;
    op->first = (int32_t)low->function->args.count;
    op->count = count;
    op->result = new_register(low);
    for (int32_t i = 0; i < count; i++)
        LIST_PUSH(&low->function->args, args[i]);
}

int32_t new_block(struct lowering *low)
{
    struct block block = {.first = -1, .last = -1, .end = END_STOP, .next = -1, .otherwise = -1, .loop = low->loop};
    LIST_PUSH(&low->function->blocks, block);
    return (int32_t)low->function->blocks.count - 1;
}

void start_block(struct lowering *low, int32_t block)
{
    low->block = block;
    low->function->blocks.items[block].loop = low->loop;
    low->function->blocks.items[block].first = (int32_t)low->function->ops.count;
}

static struct block *close_block(struct lowering *low, enum end_kind end)
{
    struct block *block = &low->function->blocks.items[low->block];
    block->last = (int32_t)low->function->ops.count;
    block->end = (uint8_t)end;
    return block;
}

void end_goto(struct lowering *low, int32_t next)
{
    close_block(low, END_GOTO)->next = next;
}

void end_branch(struct lowering *low, int32_t condition, int32_t yes, int32_t no, CXCursor at)
{
    struct block *block = close_block(low, END_BRANCH);
    block->condition = condition;
    block->next = yes;
    block->otherwise = no;
    block->at = place_of_cursor(at);
}

struct binding_of_name *find_name(struct lowering *low, CXCursor declaration)
{
    CXCursor wanted = clang_getCanonicalCursor(declaration);
    for (size_t i = low->names.count; i-- > 0;)
        if (clang_equalCursors(low->names.items[i].declaration, wanted))
            return &low->names.items[i];
    return NULL;
}
