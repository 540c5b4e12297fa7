/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which operator an expression has: libclang tells that there is one, the source text tells which. */
#include "lower.h"

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

enum operator_kind spelled_operator(const char *text, size_t *length)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (starts_with(text, operators[i].spelling)) {
            *length = strlen(operators[i].spelling);
            return operators[i].kind;
        }
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

enum operator_kind binary_operator(struct lowering *low, CXCursor left, CXCursor right, CXCursor whole)
{
    unsigned left_begin, left_end, right_begin, right_end;
    const char *text = text_between(low, left, &left_begin, &left_end);
    const char *other = text_between(low, right, &right_begin, &right_end);
    enum operator_kind kind = OPERATOR_NONE;
    size_t length;
    if (text != NULL && text == other && left_end < right_begin + 1) {
        const char *at = skip_space(text + left_end, text + right_begin);
        if (at < text + right_begin)
            kind = spelled_operator(at, &length);
    }
    bool macro = in_macro(whole);
    if (kind != OPERATOR_NONE && !(macro && kind == OPERATOR_COMMA))
        return kind;
    if (is_lvalue(left))
        return OPERATOR_ASSIGN;
    if (clang_getCanonicalType(clang_getCursorType(whole)).kind == CXType_Pointer)
        return type_is_pointer(clang_getCursorType(right)) ? OPERATOR_COMMA : OPERATOR_ADD;
    return binary_in_macro(low, whole);
}

static enum operator_kind by_type(struct lowering *low, CXCursor whole, CXCursor operand)
{
    CXType type = clang_getCanonicalType(clang_getCursorType(whole));
    CXType inner = clang_getCanonicalType(clang_getCursorType(operand));
    if (inner.kind == CXType_Pointer && clang_equalTypes(clang_getCanonicalType(clang_getPointeeType(inner)), type))
        return OPERATOR_DEREF;
    if (type.kind == CXType_Pointer && clang_equalTypes(clang_getCanonicalType(clang_getPointeeType(type)), inner))
        return OPERATOR_ADDRESS;
    if (inner.kind == CXType_Pointer && type.kind != CXType_Pointer)
        return OPERATOR_NOT;
    return is_lvalue(operand) ? OPERATOR_STEP : unary_in_macro(low, whole);
}

static enum operator_kind by_text(const char *text)
{
    if (starts_with(text, "++") || starts_with(text, "--"))
        return OPERATOR_STEP;
    switch (*text) {
    case '*': return OPERATOR_DEREF;
    case '&': return OPERATOR_ADDRESS;
    case '!': return OPERATOR_NOT;
    case '-':
    case '+':
    case '~': return OPERATOR_OTHER;
    default: return OPERATOR_NONE;
    }
}

/* What begins in an argument of a macro is spelled there; what begins in its text has the place of the whole macro. */
static bool begins_in_macro(CXCursor cursor)
{
    unsigned expansion, spelling;
    CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(cursor));
    clang_getExpansionLocation(start, NULL, NULL, NULL, &expansion);
    clang_getFileLocation(start, NULL, NULL, NULL, &spelling);
    return in_macro(cursor) && spelling == expansion;
}

enum operator_kind unary_operator(struct lowering *low, CXCursor whole, CXCursor operand)
{
    unsigned begin, end, inner_begin, inner_end;
    const char *text = text_between(low, whole, &begin, &end);
    if (text == NULL || begins_in_macro(whole))
        return by_type(low, whole, operand);
    enum operator_kind kind = by_text(text + begin);
    if (kind != OPERATOR_NONE || in_macro(whole))
        return kind != OPERATOR_NONE ? kind : by_type(low, whole, operand);
    bool postfix = text_between(low, operand, &inner_begin, &inner_end) == text && inner_end < end;
    return postfix ? OPERATOR_STEP : by_type(low, whole, operand);
}
