/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From cursors of libclang to the operations of ir.h. */
#ifndef FA_LINT_LOWER_H
#define FA_LINT_LOWER_H

#include "ir.h"

#include <clang-c/Index.h>

/* Parses one file with its arguments. False if there is nothing to work on; module->errors says why. */
bool lower_file(struct module *module, const char *path, const char *const *arguments, int count,
                const struct CXUnsavedFile *unsaved, unsigned unsaved_count);

/* What the parts of the lowering share. */
struct binding_of_name {
    CXCursor declaration;
    int32_t local;
    bool reference;
};

struct scope_item {
    int32_t local;
    int32_t cleanup; /* USR of the function that is called with the address of the local. */
    struct place within;
    struct place at;
};

struct label {
    CXCursor cursor;
    uint32_t offset; /* Where it stands: cursors of one label may differ. */
    int32_t block;
};

struct expansion {
    int32_t name;
    int32_t file;
    uint32_t offset;
};

struct macro {
    CXCursor cursor;
    int32_t name;
    uint32_t bits; /* Operators in its text. */
    bool known;
};

struct target {
    int32_t block;
    size_t scope;
};

struct lowering {
    struct module *module;
    struct function *function;
    CXTranslationUnit unit;
    LIST(struct binding_of_name) names;
    LIST(struct scope_item) scope;
    LIST(struct label) labels;
    LIST(struct expansion) expansions; /* Of macros, by place; gathered when first asked for. */
    LIST(struct macro) macros;         /* By name. */
    struct target on_break;
    struct target on_continue;
    struct place within; /* The compound statement that is being lowered. */
    int32_t block;
    int32_t loop;
    int32_t statement; /* Call that is a statement by itself, and so can be cut out. */
    bool plus_plus;
    bool returns_reference;
    CXFile text_file;
    const char *text;
    size_t text_length;
};

#define CHILDREN(name, cursor)                                                                                         \
    cursor_list name = {0};                                                                                            \
    collect_children(cursor, &name)
typedef struct {
    CXCursor *items;
    size_t count;
    size_t capacity;
} cursor_list;
void collect_children(CXCursor cursor, cursor_list *children);

int32_t name_of_file(CXFile file);
struct place place_of_cursor(CXCursor cursor);
int32_t interned(CXString string);
bool is_expression(CXCursor cursor);
bool in_macro(CXCursor cursor);
const char *text_between(struct lowering *low, CXCursor cursor, unsigned *begin, unsigned *end);
/* The text of the cursor begins with a word. */
bool word_at(struct lowering *low, CXCursor cursor, const char *word);
bool type_is_aggregate(CXType type);
bool type_is_array(CXType type);
bool type_is_pointer(CXType type);
bool type_is_reference(CXType type);

struct op *emit(struct lowering *low, enum op_kind kind, CXCursor at);
int32_t emit_number(struct lowering *low, int64_t number, CXCursor at);
int32_t emit_local(struct lowering *low, int32_t local, CXCursor at);
int32_t emit_load(struct lowering *low, int32_t address, CXCursor at);
void emit_store(struct lowering *low, int32_t address, int32_t value, CXCursor at);
void emit_call(struct lowering *low, int32_t callee, const int32_t *args, int32_t count, struct place at);
int32_t new_register(struct lowering *low);
int32_t new_local(struct lowering *low, int32_t name, int32_t flags);
int32_t new_block(struct lowering *low);
void start_block(struct lowering *low, int32_t block);
void end_goto(struct lowering *low, int32_t block);
void end_branch(struct lowering *low, int32_t condition, int32_t yes, int32_t no, CXCursor at);

/* Expressions. */
int32_t lower_value(struct lowering *low, CXCursor cursor);
int32_t lower_address(struct lowering *low, CXCursor cursor);
void lower_condition(struct lowering *low, CXCursor cursor, int32_t yes, int32_t no);
void lower_initializer(struct lowering *low, int32_t address, CXType type, CXCursor cursor);
/* The address, if the function returns a reference. */
int32_t lower_call(struct lowering *low, CXCursor cursor);
bool returns_reference(CXCursor call);
CXCursor strip(CXCursor cursor);
int32_t lower_binary(struct lowering *low, CXCursor cursor);
int32_t lower_unary(struct lowering *low, CXCursor cursor);
int32_t lower_compound_assignment(struct lowering *low, CXCursor cursor);
int32_t lower_literal(struct lowering *low, CXCursor cursor);

/* Places. */
int32_t address_of_name(struct lowering *low, CXCursor cursor, CXCursor declaration);
int32_t member_address(struct lowering *low, CXCursor cursor);
int32_t element_address(struct lowering *low, CXCursor cursor);
int32_t compound_literal(struct lowering *low, CXCursor cursor);
/* What lies at an address; of aggregates, arrays and functions the address itself. */
int32_t load_as(struct lowering *low, int32_t address, CXCursor cursor);

enum operator_kind {
    OPERATOR_NONE,
    OPERATOR_ASSIGN,
    OPERATOR_AND,
    OPERATOR_OR,
    OPERATOR_COMMA,
    OPERATOR_EQ,
    OPERATOR_NE,
    OPERATOR_LT,
    OPERATOR_LE,
    OPERATOR_GT,
    OPERATOR_GE,
    OPERATOR_ADD,
    OPERATOR_SUB,
    OPERATOR_OTHER,
    OPERATOR_NOT,
    OPERATOR_DEREF,
    OPERATOR_ADDRESS,
    OPERATOR_STEP
};
enum operator_kind binary_operator(struct lowering *low, CXCursor left, CXCursor right, CXCursor whole);
enum operator_kind unary_operator(struct lowering *low, CXCursor whole, CXCursor operand);
enum operator_kind spelled_operator(const char *text, size_t *length);
enum operator_kind binary_in_macro(struct lowering *low, CXCursor whole);
/* OPERATOR_NONE if it may be one or another. */
enum operator_kind unary_in_macro(struct lowering *low, CXCursor whole);

int32_t lower_truth(struct lowering *low, CXCursor cursor);
int32_t lower_conditional(struct lowering *low, CXCursor cursor);
int32_t new_temporary(struct lowering *low, CXCursor cursor);
int32_t emit_unknown(struct lowering *low, CXCursor at);
CXCursor last_expression(CXCursor cursor);

/* Statements and declarations. */
void lower_statement(struct lowering *low, CXCursor cursor);
void lower_variable(struct lowering *low, CXCursor cursor);
/* Calls what the scopes down to a mark are left with, newest first. */
void leave_scope(struct lowering *low, size_t down_to, CXCursor at);
void lower_body(struct lowering *low, CXCursor cursor, CXCursor body);
int32_t declare_function(struct lowering *low, CXCursor cursor);
int32_t declare_global(struct lowering *low, CXCursor cursor);
struct binding_of_name *find_name(struct lowering *low, CXCursor declaration);
void lower_loop(struct lowering *low, CXCursor cursor);

/* Annotations. */
int32_t annotations_of(CXCursor cursor, int32_t *allow);
#define MARK_FRAME        1
#define MARK_SUSPENDS     2
#define MARK_ASYNC        4
#define MARK_HOT          8
#define MARK_KEPT         16
#define MARK_OTHER_THREAD 32
#define MARK_RELEASES     64
#define MARK_BLOCK        128

#endif
