/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which operator an expression has: libclang tells that there is one, the source text tells which. */
#include "lower.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *spelling;
    enum operator_kind kind;
} operators[] = {
    {"&&", OPERATOR_AND},  {"||", OPERATOR_OR},   {"==", OPERATOR_EQ},    {"!=", OPERATOR_NE},
    {"<=", OPERATOR_LE},   {">=", OPERATOR_GE},   {"<<", OPERATOR_OTHER}, {">>", OPERATOR_OTHER},
    {"<", OPERATOR_LT},    {">", OPERATOR_GT},    {"=", OPERATOR_ASSIGN}, {"+", OPERATOR_ADD},
    {"-", OPERATOR_SUB},   {",", OPERATOR_COMMA}, {"*", OPERATOR_OTHER},  {"/", OPERATOR_OTHER},
    {"%", OPERATOR_OTHER}, {"&", OPERATOR_OTHER}, {"|", OPERATOR_OTHER},  {"^", OPERATOR_OTHER},
};

enum { OPERATORS = sizeof operators / sizeof *operators };

static enum operator_kind spelled(const char *text)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (starts_with(text, operators[i].spelling))
            return operators[i].kind;
    return OPERATOR_NONE;
}

/* The first thing after an operand that is neither space nor comment nor the end of its parentheses. */
static const char *skip_space(const char *text, const char *end)
{
    while (text < end) {
        if (starts_with(text, "/*")) {
            const char *close = strstr(text + 2, "*/");
            text = close != NULL ? close + 2 : end;
        } else if (starts_with(text, "//") || *text == '\\') {
            text += strcspn(text, "\n");
        } else if (strchr(" \t\r\n)", *text) != NULL) {
            text++;
        } else {
            break;
        }
    }
    return text;
}

static bool is_lvalue(CXCursor cursor)
{
    while (cursor.kind == CXCursor_ParenExpr) {
        CHILDREN(children, cursor);
        if (children.count != 0)
            cursor = children.items[children.count - 1];
        LIST_FREE(&children);
        if (cursor.kind == CXCursor_ParenExpr && clang_Cursor_isNull(cursor))
            return false;
    }
    return cursor.kind == CXCursor_DeclRefExpr || cursor.kind == CXCursor_MemberRefExpr ||
           cursor.kind == CXCursor_ArraySubscriptExpr || cursor.kind == CXCursor_UnaryOperator;
}

static enum CXChildVisitResult add_expansion(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct lowering *low = data;
    struct expansion expansion = {.cursor = cursor};
    CXFile file;
    if (cursor.kind != CXCursor_MacroExpansion || clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
        return CXChildVisit_Continue;
    clang_getExpansionLocation(clang_getCursorLocation(cursor), &file, NULL, NULL, &expansion.offset);
    expansion.file = file != NULL ? name_of_file(file) : 0;
    LIST_PUSH(&low->expansions, expansion);
    return CXChildVisit_Continue;
}

static int compare_expansions(const void *left, const void *right)
{
    const struct expansion *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* The definition of the macro whose expansion stands at the beginning of a cursor. */
static CXCursor macro_at(struct lowering *low, CXCursor cursor)
{
    struct place place = place_of_cursor(cursor);
    struct expansion wanted = {.file = place.file, .offset = place.begin};
    if (low->expansions.count == 0) {
        clang_visitChildren(clang_getTranslationUnitCursor(low->unit), add_expansion, low);
        if (low->expansions.count != 0)
            qsort(low->expansions.items, low->expansions.count, sizeof wanted, compare_expansions);
    }
    const struct expansion *found =
        low->expansions.count == 0
            ? NULL
            : bsearch(&wanted, low->expansions.items, low->expansions.count, sizeof wanted, compare_expansions);
    return found != NULL ? clang_getCursorReferenced(found->cursor) : clang_getNullCursor();
}

/* Inside a macro only the kinds of operands and the text of the macro are known. */
static enum operator_kind guess_in_macro(struct lowering *low, CXCursor whole)
{
    CXCursor macro = macro_at(low, whole);
    unsigned begin, end;
    const char *text = clang_Cursor_isNull(macro) ? NULL : text_between(low, macro, &begin, &end);
    enum operator_kind only = OPERATOR_NONE;
    for (unsigned i = text != NULL ? begin : 0; text != NULL && i + 1 < end; i++) {
        enum operator_kind kind = spelled(text + i);
        if (kind < OPERATOR_AND || kind > OPERATOR_GE || kind == OPERATOR_COMMA || text[i + 1] == '>')
            continue;
        i += kind != OPERATOR_LT && kind != OPERATOR_GT;
        if (only != OPERATOR_NONE && only != kind)
            return OPERATOR_OTHER;
        only = kind;
    }
    return only != OPERATOR_NONE ? only : OPERATOR_OTHER;
}

enum operator_kind binary_operator(struct lowering *low, CXCursor left, CXCursor right, CXCursor whole)
{
    unsigned left_begin, left_end, right_begin, right_end;
    const char *text = text_between(low, left, &left_begin, &left_end);
    const char *other = text_between(low, right, &right_begin, &right_end);
    enum operator_kind kind = OPERATOR_NONE;
    if (text != NULL && text == other && left_end < right_begin + 1) {
        const char *at = skip_space(text + left_end, text + right_begin);
        if (at < text + right_begin)
            kind = spelled(at);
    }
    bool macro = in_macro(whole);
    if (kind != OPERATOR_NONE && !(macro && kind == OPERATOR_COMMA))
        return kind;
    if (is_lvalue(left))
        return OPERATOR_ASSIGN;
    if (clang_getCanonicalType(clang_getCursorType(whole)).kind == CXType_Pointer)
        return OPERATOR_ADD;
    return guess_in_macro(low, whole);
}

static enum operator_kind by_type(CXCursor whole, CXCursor operand)
{
    CXType type = clang_getCanonicalType(clang_getCursorType(whole));
    CXType inner = clang_getCanonicalType(clang_getCursorType(operand));
    if (inner.kind == CXType_Pointer && clang_equalTypes(clang_getCanonicalType(clang_getPointeeType(inner)), type))
        return OPERATOR_DEREF;
    if (type.kind == CXType_Pointer && clang_equalTypes(clang_getCanonicalType(clang_getPointeeType(type)), inner))
        return OPERATOR_ADDRESS;
    if (inner.kind == CXType_Pointer && type.kind != CXType_Pointer)
        return OPERATOR_NOT;
    return is_lvalue(operand) ? OPERATOR_STEP : OPERATOR_OTHER;
}

enum operator_kind unary_operator(struct lowering *low, CXCursor whole, CXCursor operand)
{
    unsigned begin, end, inner_begin, inner_end;
    const char *text = text_between(low, whole, &begin, &end);
    if (text == NULL || in_macro(whole) || text_between(low, operand, &inner_begin, &inner_end) != text)
        return by_type(whole, operand);
    text += begin;
    if (starts_with(text, "++") || starts_with(text, "--"))
        return OPERATOR_STEP;
    switch (*text) {
    case '*': return OPERATOR_DEREF;
    case '&': return OPERATOR_ADDRESS;
    case '!': return OPERATOR_NOT;
    case '-':
    case '+':
    case '~': return OPERATOR_OTHER;
    default: return inner_end < end ? OPERATOR_STEP : by_type(whole, operand);
    }
}
