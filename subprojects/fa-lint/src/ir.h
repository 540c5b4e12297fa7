/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a translation unit becomes: functions as graphs of blocks of simple operations. Everything after the parser
 * works on this alone, so it can be kept on disk and joined over translation units. Addresses are values: `*p` is the
 * address that p holds, and OP_LOAD and OP_STORE go through addresses.
 */
#ifndef FA_LINT_IR_H
#define FA_LINT_IR_H

#include "list.h"

struct place {
    int32_t file; /* Interned path. */
    uint32_t line;
    uint32_t column;
    uint32_t begin; /* Offsets in the file, of the whole expression. */
    uint32_t end;
};

enum op_kind {
    OP_NUMBER,   /* result = number */
    OP_TEXT,     /* result = string literal name */
    OP_FUNCTION, /* result = function name */
    OP_LOCAL,    /* result = address of local left */
    OP_GLOBAL,   /* result = address of global name */
    OP_FIELD,    /* result = address left, field name */
    OP_INDEX,    /* result = address left, element right */
    OP_LOAD,     /* result = what lies at address left */
    OP_STORE,    /* address left gets value right */
    OP_COPY,     /* aggregate at address left gets that at address right */
    OP_CLEAR,    /* aggregate at address left gets zeros */
    OP_DECLARE,  /* local left begins anew */
    OP_BINARY,   /* result = left detail right */
    OP_NOT,      /* result = !left */
    OP_CALL,     /* result = callee name (or value left) of count arguments from first */
    OP_UNKNOWN,  /* result = something */
    OP_SUSPEND,  /* a coroutine gives its thread away */
};

enum binary { BIN_EQ, BIN_NE, BIN_LT, BIN_LE, BIN_GT, BIN_GE, BIN_ADD, BIN_SUB, BIN_COUNT, BIN_OTHER };

#define OP_DELETES 1 /* detail of a call: the statement holds nothing else, so it can be cut out */

struct op {
    uint8_t kind;
    uint8_t detail;
    uint8_t chained; /* Behind `&&` or `||`: it runs if all before it went well. */
    int32_t result;
    int32_t left;
    int32_t right;
    int32_t name;
    int32_t first;
    int32_t count;
    int64_t number;
    struct place at;
};

enum end_kind { END_GOTO, END_BRANCH, END_RETURN, END_STOP };

struct block {
    int32_t first; /* Operations [first, last) of the function. */
    int32_t last;
    uint8_t end;
    int32_t condition; /* Register of END_BRANCH. */
    int32_t next;      /* END_GOTO, and where END_BRANCH goes when true. */
    int32_t otherwise;
    int32_t loop; /* Innermost loop, -1. */
    struct place at;
};

struct loop {
    int32_t parent;
    int32_t header;
    int64_t turns;   /* Known number of turns, -1. */
    uint8_t endless; /* The condition is always true. */
    uint8_t fed;     /* The condition reads input. */
    uint8_t bounded; /* It is left after a comparison. */
    struct place at;
};

#define LOCAL_AGGREGATE 1
#define LOCAL_POINTER 2
#define LOCAL_FRAME 4 /* Declared to hold frame memory. */

struct local {
    int32_t name;
    int32_t flags;
    int32_t allow;
};

#define FUNCTION_MAIN 1
#define FUNCTION_STATIC 2
#define FUNCTION_COROUTINE 4
#define FUNCTION_ASYNC 8
#define FUNCTION_SUSPENDS 16
#define FUNCTION_FRAME_RESULT 32
#define FUNCTION_HOT 64
#define FUNCTION_SYSTEM 128
#define FUNCTION_BODY 256
#define FUNCTION_BLOCK_RESULT 512
#define FUNCTION_NORETURN 1024

#define PARAM_RELEASES 1
#define PARAM_KEEPS 2
#define PARAM_OTHER_THREAD 4
#define PARAM_POINTER 8
#define PARAM_ALLOCATOR 16

struct function {
    int32_t usr;
    int32_t name;
    int32_t flags;
    int32_t allow; /* Codes silenced with a reason, as "FA602:why;". */
    struct place at;
    LIST(int32_t) params; /* PARAM_*; parameters are the first locals. */
    LIST(struct local) locals;
    LIST(struct op) ops;
    LIST(int32_t) args;
    LIST(struct block) blocks;
    LIST(struct loop) loops;
    int32_t registers;
    int32_t result_local; /* Local that holds what is returned, -1. */
};

#define GLOBAL_FRAME 1
#define GLOBAL_STATIC 2
#define GLOBAL_LOCAL 4

struct global {
    int32_t usr;
    int32_t name;
    int32_t flags;
    int32_t allow;
};

struct suppression {
    int32_t file;
    uint32_t line; /* The line it silences. */
    int32_t codes;
};

struct module {
    int32_t path;
    LIST(struct function) functions;
    LIST(struct global) globals;
    LIST(struct suppression) suppressions;
    LIST(int32_t) files;  /* All files it was read from, system headers left out. */
    LIST(int32_t) errors; /* Messages of the compiler, if it does not compile. */
    uint32_t lines;
};

void module_free(struct module *module);
bool module_write(const struct module *module, const char *path, uint64_t key);
bool module_read(struct module *module, const char *path, uint64_t *key);

#endif
