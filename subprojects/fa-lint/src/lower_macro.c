/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Operators in the text of macros, of which libclang does not tell which they are: those that the text can mean. */
#include "lower.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { UNARY_NOT = 1, UNARY_OTHER = 2, FIRST_BINARY = 4 };

static uint32_t bit_of(enum operator_kind kind) { return (uint32_t)FIRST_BINARY << kind; }

static enum CXChildVisitResult add_macro(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct lowering *low = data;
    if (cursor.kind == CXCursor_MacroDefinition)
        LIST_PUSH(&low->macros, (struct macro){.cursor = cursor, .name = interned(clang_getCursorSpelling(cursor))});
    if (cursor.kind != CXCursor_MacroExpansion || clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
        return CXChildVisit_Continue;
    struct expansion expansion = {.name = interned(clang_getCursorSpelling(cursor))};
    CXFile file;
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

static int compare_macros(const void *left, const void *right)
{
    const struct macro *a = left, *b = right;
    return a->name < b->name ? -1 : a->name > b->name;
}

static void gather(struct lowering *low)
{
    if (low->macros.count != 0)
        return;
    clang_visitChildren(clang_getTranslationUnitCursor(low->unit), add_macro, low);
    if (low->macros.count != 0)
        qsort(low->macros.items, low->macros.count, sizeof *low->macros.items, compare_macros);
    if (low->expansions.count != 0)
        qsort(low->expansions.items, low->expansions.count, sizeof *low->expansions.items, compare_expansions);
}

static bool is_operand_before(char before)
{
    return isalnum((unsigned char)before) || before == '_' || before == ')' || before == ']';
}

/* The operator that the text begins with, and how long it is. `&` and `*` behind an operand may be binary. */
static uint32_t bits_at(const char *text, char before, size_t *length)
{
    enum operator_kind kind = spelled_operator(text, length);
    if (kind >= OPERATOR_AND && kind <= OPERATOR_GE && kind != OPERATOR_COMMA)
        return bit_of(kind);
    if (starts_with(text, "->") || starts_with(text, "++") || starts_with(text, "--")) {
        *length = 2;
        return 0;
    }
    if (*text == '!')
        return UNARY_NOT;
    if (*text == '~' || (*text == '-' && !is_operand_before(before)))
        return UNARY_OTHER;
    bool type = (*text == '*' || *text == '&') && text[1 + strspn(text + 1, " *")] == ')';
    bool arithmetic = kind == OPERATOR_ADD || kind == OPERATOR_SUB || kind == OPERATOR_OTHER;
    return arithmetic && !type && is_operand_before(before) ? bit_of(OPERATOR_OTHER) : 0;
}

static uint32_t bits_of(struct lowering *low, int32_t name);

static uint32_t bits_in(struct lowering *low, const char *text, const char *end)
{
    uint32_t bits = 0;
    char before = '(';
    while (text < end) {
        size_t length = 1;
        if (isalpha((unsigned char)*text) || *text == '_') {
            while (text + length < end && (isalnum((unsigned char)text[length]) || text[length] == '_'))
                length++;
            bits |= bits_of(low, intern_bytes(text, length));
        } else if (*text == '"') {
            while (text + length < end && text[length] != '"')
                length += text[length] == '\\' ? 2 : 1;
            length++;
        } else {
            bits |= bits_at(text, before, &length);
        }
        if (strchr(" \t\n\\", *text) == NULL)
            before = text[length - 1];
        text += length;
    }
    return bits;
}

/* Also of the macros that it is made of; a name that is met within itself stays as it is. */
static uint32_t bits_of(struct lowering *low, int32_t name)
{
    struct macro wanted = {.name = name};
    struct macro *macro = bsearch(&wanted, low->macros.items, low->macros.count, sizeof wanted, compare_macros);
    if (macro == NULL || macro->known)
        return macro != NULL ? macro->bits : 0;
    macro->known = true;
    unsigned begin, end;
    const char *text = text_between(low, macro->cursor, &begin, &end);
    if (text == NULL)
        return 0;
    while (begin < end && (isalnum((unsigned char)text[begin]) || text[begin] == '_'))
        begin++;
    return macro->bits = bits_in(low, text + begin, text + end);
}

static uint32_t bits_around(struct lowering *low, CXCursor cursor)
{
    gather(low);
    struct place place = place_of_cursor(cursor);
    struct expansion wanted = {.file = place.file, .offset = place.begin};
    const struct expansion *found =
        low->expansions.count == 0
            ? NULL
            : bsearch(&wanted, low->expansions.items, low->expansions.count, sizeof wanted, compare_expansions);
    return found != NULL ? bits_of(low, found->name) : 0;
}

enum operator_kind binary_in_macro(struct lowering *low, CXCursor whole)
{
    uint32_t bits = bits_around(low, whole) & ~(uint32_t)(FIRST_BINARY - 1);
    for (enum operator_kind kind = OPERATOR_AND; kind <= OPERATOR_GE; kind++)
        if (bits == bit_of(kind))
            return kind;
    return OPERATOR_OTHER;
}

enum operator_kind unary_in_macro(struct lowering *low, CXCursor whole)
{
    switch (bits_around(low, whole) & (FIRST_BINARY - 1)) {
    case 0: return OPERATOR_OTHER;
    case UNARY_NOT: return OPERATOR_NOT;
    default: return OPERATOR_NONE;
    }
}
