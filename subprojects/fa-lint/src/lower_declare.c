/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Functions and globals as they are declared, and what is annotated on them. */
#include "lower.h"

#include <string.h>

static const struct {
    const char *text;
    int32_t mark;
} marks[] = {
    {"fa:frame", MARK_FRAME},       {"fa:suspends", MARK_SUSPENDS}, {"fa:async", MARK_ASYNC},
    {"fa:hot", MARK_HOT},           {"fa:kept", MARK_KEPT},         {"fa:other-thread", MARK_OTHER_THREAD},
    {"fa:releases", MARK_RELEASES}, {"fa:block", MARK_BLOCK},
};

static int32_t mark_of(const char *text)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcmp(text, marks[i].text) == 0)
            return marks[i].mark;
    return 0;
}

static void add_allowed(int32_t *allow, const char *text)
{
    char *joined = format_text("%s%s;", text_of(*allow), text);
    *allow = intern(joined);
    release(joined);
}

int32_t annotations_of(CXCursor cursor, int32_t *allow)
{
    CHILDREN(children, cursor);
    int32_t found = 0;
    for (size_t i = 0; i < children.count; i++) {
        if (children.items[i].kind != CXCursor_AnnotateAttr)
            continue;
        CXString spelling = clang_getCursorSpelling(children.items[i]);
        const char *text = clang_getCString(spelling);
        if (starts_with(text, "fa:allow:"))
            add_allowed(allow, text + strlen("fa:allow:"));
        found |= mark_of(text);
        clang_disposeString(spelling);
    }
    LIST_FREE(&children);
    return found;
}

static bool ends_with_allocator(CXType type)
{
    CXString spelling = clang_getTypeSpelling(clang_getCanonicalType(type));
    bool is = strstr(clang_getCString(spelling), "fa_allocator *") != NULL;
    clang_disposeString(spelling);
    return is;
}

static int32_t function_flags(CXCursor cursor, int32_t found)
{
    return ((found & MARK_FRAME) ? FUNCTION_FRAME_RESULT : 0) | ((found & MARK_SUSPENDS) ? FUNCTION_SUSPENDS : 0) |
           ((found & MARK_ASYNC) ? FUNCTION_ASYNC : 0) | ((found & MARK_HOT) ? FUNCTION_HOT : 0) |
           ((found & MARK_BLOCK) ? FUNCTION_BLOCK_RESULT : 0) |
           (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)) ? FUNCTION_SYSTEM : 0) |
           (clang_Cursor_getStorageClass(cursor) == CX_SC_Static ? FUNCTION_STATIC : 0);
}

static void declare_params(struct function *function, CXCursor cursor)
{
    int count = clang_Cursor_getNumArguments(cursor);
    function->params.count = 0;
    if (cursor.kind == CXCursor_Constructor || cursor.kind == CXCursor_Destructor ||
        (cursor.kind == CXCursor_CXXMethod && !clang_CXXMethod_isStatic(cursor)))
        LIST_PUSH(&function->params, PARAM_POINTER);
    for (int i = 0; i < count; i++) {
        CXCursor param = clang_Cursor_getArgument(cursor, (unsigned)i);
        int32_t allow = 0, found = annotations_of(param, &allow);
        CXType type = clang_getCursorType(param);
        LIST_PUSH(&function->params, ((found & MARK_RELEASES) ? PARAM_RELEASES : 0) |
                                         ((found & MARK_KEPT) ? PARAM_KEEPS : 0) |
                                         ((found & MARK_OTHER_THREAD) ? PARAM_OTHER_THREAD : 0) |
                                         (type_is_pointer(type) || type_is_array(type) ? PARAM_POINTER : 0) |
                                         (ends_with_allocator(type) ? PARAM_ALLOCATOR : 0));
    }
}

int32_t declare_function(struct lowering *low, CXCursor cursor)
{
    int32_t usr = interned(clang_getCursorUSR(cursor));
    for (size_t i = 0; i < low->module->functions.count; i++)
        if (low->module->functions.items[i].usr == usr)
            return usr;
    struct function function = {.usr = usr,
                                .name = interned(clang_getCursorSpelling(cursor)),
                                .result_local = -1,
                                .at = place_of_cursor(cursor)};
    CXCursor canonical = clang_getCanonicalCursor(cursor);
    int32_t found = annotations_of(canonical, &function.allow) | annotations_of(cursor, &function.allow);
    function.flags = function_flags(cursor, found);
    declare_params(&function, clang_Cursor_getNumArguments(canonical) >= 0 ? canonical : cursor);
    LIST_PUSH(&low->module->functions, function);
    return usr;
}

int32_t declare_global(struct lowering *low, CXCursor cursor)
{
    int32_t usr = interned(clang_getCursorUSR(cursor));
    for (size_t i = 0; i < low->module->globals.count; i++)
        if (low->module->globals.items[i].usr == usr)
            return usr;
    struct global global = {.usr = usr, .name = interned(clang_getCursorSpelling(cursor))};
    int32_t found = annotations_of(cursor, &global.allow);
    global.flags = ((found & MARK_FRAME) ? GLOBAL_FRAME : 0) |
                   (clang_getCursorLinkage(cursor) != CXLinkage_External ? GLOBAL_STATIC : 0) |
                   (clang_getCursorLinkage(cursor) == CXLinkage_NoLinkage ? GLOBAL_LOCAL : 0);
    LIST_PUSH(&low->module->globals, global);
    return usr;
}
