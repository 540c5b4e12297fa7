/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Translation units: their functions, and the comments that silence findings. */
#include "lower.h"

#include <stdio.h>
#include <string.h>

static void bind_params(struct lowering *low, CXCursor cursor)
{
    int count = clang_Cursor_getNumArguments(cursor);
    if (low->function->params.count > (size_t)(count > 0 ? count : 0))
        new_local(low, intern("this"), LOCAL_POINTER);
    for (int i = 0; i < count; i++) {
        CXCursor param = clang_Cursor_getArgument(cursor, (unsigned)i);
        CXType type = clang_getCursorType(param);
        enum CXTypeKind kind = clang_getCanonicalType(type).kind;
        int32_t flags = type_is_aggregate(type) ? LOCAL_AGGREGATE : type_is_pointer(type) ? LOCAL_POINTER : 0;
        int32_t local = new_local(low, interned(clang_getCursorSpelling(param)), flags);
        LIST_PUSH(&low->names,
                  (struct binding_of_name){clang_getCanonicalCursor(param), local,
                                           kind == CXType_LValueReference || kind == CXType_RValueReference});
    }
}

static size_t index_of(const struct module *module, int32_t usr)
{
    size_t i = 0;
    while (module->functions.items[i].usr != usr)
        i++;
    return i;
}

static void end_body(struct lowering *low, CXCursor body)
{
    struct block *block = &low->function->blocks.items[low->block];
    block->last = (int32_t)low->function->ops.count;
    block->end = END_RETURN;
    block->at = place_of_cursor(body);
    block->at.line = 0; /* Falling off the end. */
    CXSourceRange range = clang_getCursorExtent(body);
    clang_getExpansionLocation(clang_getRangeEnd(range), NULL, &block->at.line, &block->at.column, NULL);
    block->at.begin = block->at.end;
    for (size_t i = 0; i < low->function->blocks.count; i++) {
        struct block *each = &low->function->blocks.items[i];
        if (each->first < 0)
            each->first = each->last = 0;
    }
}

/* `: field_(value)` of a constructor: a reference to the member, then what it is made from. */
static void initialize_members(struct lowering *low, CXCursor constructor)
{
    CHILDREN(children, constructor);
    for (size_t i = 0; i + 1 < children.count; i++) {
        if (children.items[i].kind != CXCursor_MemberRef || !is_expression(children.items[i + 1]))
            continue;
        bool reference = type_is_reference(clang_getCursorType(clang_getCursorReferenced(children.items[i])));
        int32_t value = reference ? lower_address(low, children.items[i + 1]) : lower_value(low, children.items[i + 1]);
        int32_t object = emit_load(low, emit_local(low, 0, constructor), constructor);
        int32_t field = interned(clang_getCursorSpelling(children.items[i]));
        struct op *op = emit(low, OP_FIELD, constructor);
        op->left = object;
        op->name = field;
        int32_t address = op->result = new_register(low);
        emit_store(low, address, value, children.items[i + 1]);
    }
    LIST_FREE(&children);
}

void lower_body(struct lowering *low, CXCursor cursor, CXCursor body)
{
    low->loop = -1;
    low->on_break = low->on_continue = (struct target){-1, 0};
    low->function->result_local = new_local(low, intern("result"), LOCAL_AGGREGATE);
    start_block(low, new_block(low));
    if (cursor.kind == CXCursor_Constructor)
        initialize_members(low, cursor);
    lower_statement(low, body);
    end_body(low, body);
}

static void lower_function(struct lowering *low, CXCursor cursor, CXCursor body)
{
    int32_t usr = declare_function(low, cursor);
    size_t index = index_of(low->module, usr);
    if (low->module->functions.items[index].flags & FUNCTION_BODY)
        return;
    struct function function = low->module->functions.items[index];
    function.flags |= FUNCTION_BODY | (strcmp(text_of(function.name), "main") == 0 ? FUNCTION_MAIN : 0);
    annotations_of(cursor, &function.allow);
    function.at = place_of_cursor(cursor);
    unsigned line, column;
    clang_getExpansionLocation(clang_getCursorLocation(cursor), NULL, &line, &column, NULL);
    function.at.line = line;
    function.at.column = column;
    low->function = &function;
    low->returns_reference = type_is_reference(clang_getCursorResultType(cursor));
    bind_params(low, cursor);
    lower_body(low, cursor, body);
    low->module->functions.items[index_of(low->module, usr)] = function;
    low->names.count = low->labels.count = low->scope.count = 0;
}

static bool body_of(CXCursor cursor, CXCursor *body)
{
    CHILDREN(children, cursor);
    bool found = false;
    for (size_t i = 0; i < children.count; i++)
        if (children.items[i].kind == CXCursor_CompoundStmt || children.items[i].kind == CXCursor_UnexposedStmt) {
            *body = children.items[i];
            found = true;
        }
    LIST_FREE(&children);
    return found;
}

static bool is_function(CXCursor cursor)
{
    return cursor.kind == CXCursor_FunctionDecl || cursor.kind == CXCursor_CXXMethod ||
           cursor.kind == CXCursor_Constructor || cursor.kind == CXCursor_Destructor;
}

/* Functions of lambdas that stand in globals and the like are left to their callers. */
static enum CXChildVisitResult visit_unit(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct lowering *low = data;
    CXCursor body;
    if (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)) || cursor.kind >= CXCursor_FirstPreprocessing)
        return CXChildVisit_Continue;
    if (is_function(cursor)) {
        if (clang_isCursorDefinition(cursor) && body_of(cursor, &body))
            lower_function(low, cursor, body);
        else
            declare_function(low, cursor);
        return CXChildVisit_Continue;
    }
    switch (cursor.kind) {
    case CXCursor_Namespace:
    case CXCursor_LinkageSpec:
    case CXCursor_UnexposedDecl:
    case CXCursor_ClassDecl:
    case CXCursor_StructDecl: return low->plus_plus ? CXChildVisit_Recurse : CXChildVisit_Continue;
    case CXCursor_VarDecl: declare_global(low, cursor); return CXChildVisit_Continue;
    default: return CXChildVisit_Continue;
    }
}

static void scan_line(struct module *module, int32_t file, uint32_t line, const char *text, size_t length)
{
    static const char word[] = "fa-lint: allow(";
    const char *comment = memmem(text, length, word, sizeof word - 1);
    if (comment == NULL)
        return;
    const char *codes = comment + sizeof word - 1;
    const char *close = memchr(codes, ')', length - (size_t)(codes - text));
    if (close == NULL)
        return;
    size_t blank = 0;
    while (blank < length && (text[blank] == ' ' || text[blank] == '\t'))
        blank++;
    /* A comment on a line of its own silences the next line. */
    bool alone = blank < length && text[blank] == '/';
    struct suppression suppression = {file, line + alone, intern_bytes(codes, (size_t)(close - codes))};
    LIST_PUSH(&module->suppressions, suppression);
}

static void scan_comments(struct lowering *low, CXFile file)
{
    size_t length = 0;
    const char *text = clang_getFileContents(low->unit, file, &length);
    int32_t name = name_of_file(file);
    LIST_PUSH(&low->module->files, name);
    uint32_t line = 1;
    for (size_t at = 0; text != NULL && at < length; line++) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t next = end != NULL ? (size_t)(end - text) : length;
        scan_line(low->module, name, line, text + at, next - at);
        at = next + 1;
    }
    low->module->lines += line - 1;
}

static void visit_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    (void)stack;
    (void)depth;
    struct lowering *low = data;
    if (!clang_Location_isInSystemHeader(clang_getLocationForOffset(low->unit, file, 0)))
        scan_comments(low, file);
}

static void collect_errors(struct lowering *low)
{
    unsigned count = clang_getNumDiagnostics(low->unit);
    for (unsigned i = 0; i < count && low->module->errors.count < 20; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(low->unit, i);
        if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error)
            LIST_PUSH(&low->module->errors,
                      interned(clang_formatDiagnostic(diagnostic, CXDiagnostic_DisplaySourceLocation |
                                                                      CXDiagnostic_DisplayColumn)));
        clang_disposeDiagnostic(diagnostic);
    }
}

static void lower_unit(struct lowering *low)
{
    CXCursor root = clang_getTranslationUnitCursor(low->unit);
    collect_errors(low);
    clang_getInclusions(low->unit, visit_file, low);
    if (low->module->errors.count == 0)
        clang_visitChildren(root, visit_unit, low);
}

static bool is_plus_plus(const char *path, const char *const *arguments, int count)
{
    const char *dot = strrchr(path, '.');
    bool is = dot != NULL && strcmp(dot, ".c") != 0 && strcmp(dot, ".h") != 0;
    for (int i = 0; i < count; i++)
        is |= strcmp(arguments[i], "c++") == 0;
    return is;
}

bool lower_file(struct module *module, const char *path, const char *const *arguments, int count,
                const struct CXUnsavedFile *unsaved, unsigned unsaved_count)
{
    struct lowering low = {.module = module, .plus_plus = is_plus_plus(path, arguments, count)};
    CXIndex index = clang_createIndex(0, 0);
    enum CXErrorCode error = clang_parseTranslationUnit2(
        index, path, arguments, count, (struct CXUnsavedFile *)unsaved, unsaved_count,
        CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_KeepGoing, &low.unit);
    module->path = intern(path);
    if (error == CXError_Success) {
        lower_unit(&low);
        clang_disposeTranslationUnit(low.unit);
    } else {
        char *message = format_text("%s: the compiler cannot read it", path);
        LIST_PUSH(&module->errors, intern(message));
        release(message);
    }
    clang_disposeIndex(index);
    LIST_FREE(&low.names);
    LIST_FREE(&low.scope);
    LIST_FREE(&low.labels);
    LIST_FREE(&low.expansions);
    LIST_FREE(&low.macros);
    return module->errors.count == 0;
}
