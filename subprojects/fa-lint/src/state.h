/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is known at one point of one path: values of places, and what became of the objects that they point to. */
#ifndef FA_LINT_STATE_H
#define FA_LINT_STATE_H

#include "ir.h"

enum value_kind { V_UNKNOWN, V_NUMBER, V_SYMBOL, V_LOCAL, V_GLOBAL, V_FUNCTION, V_TEXT, V_TEST };

/* A number, or the address of a place in a local, a global, or what a symbol points to; or whether a symbol compares.
 */
struct value {
    uint8_t kind;
    uint8_t test; /* V_TEST: enum binary. */
    int32_t id;
    int32_t path; /* Interned ".field[3]". */
    int64_t number;
};

enum origin { FROM_NOWHERE, FROM_PARAM, FROM_PLACE, FROM_ALLOCATION, FROM_OPERATION };

enum object {
    NO_OBJECT,
    FRAME_BLOCK,
    POOL_BLOCK,
    HEAP_BLOCK,
    GROUP_BLOCK,
    TASK_BLOCK,
    SCRATCH_BLOCK,
    TRANSFER_BLOCK,
    POOL_OBJECT,
    MALLOC_BLOCK,
    SOME_BLOCK,
    ALLOCATOR,
    CHECKPOINT,
    SUBFRAME,
    TOKEN,
    WINDOW,
    SCRATCH_MARK,
    SOME_ID
};

enum status { ALIVE, ENDED_FRAME, ROLLED_BACK, RELEASED, RESET, COMMITTED, CLOSED, HELD, MOVED, PROMOTED };

#define NOT_RETAINED 0 /* Else FA_RETAIN_* + 1. */

/* Something whose value is not known but which stays the same. */
struct symbol {
    int32_t uid; /* Higher for what was made later. */
    uint8_t origin;
    uint8_t object;
    uint8_t status;
    uint8_t ahead;
    uint8_t policy;
    uint8_t shared; /* Code of what it was handed to, 0. */
    uint8_t nonzero;
    uint8_t crossed; /* A suspension happened since. */
    uint8_t operation;
    int32_t made_in; /* File of the call that allocated it, however deep. */
    int32_t partner; /* MOVED: the block it moved to. HELD: the token. */
    int64_t least;
    int64_t most;
    int64_t operand;
    struct value owner; /* Allocator, group, pool. */
    struct value left;  /* FROM_PLACE: the address. FROM_OPERATION: the operands. */
    struct value right;
    struct place born;
    struct place died;
    struct place shared_at;
};

struct binding {
    struct value address;
    struct value value;
    struct place at;
};

enum frame_status { FRAME_UNKNOWN, FRAME_NONE, FRAME_RUNNING, FRAME_FAILED };

struct frame {
    struct value allocator;
    uint8_t status;
    uint8_t here;    /* Begun in the function that is explored. */
    uint8_t refused; /* Begins that were reported; the ends that belong to them are not. */
    int32_t token;
    struct place begun;
    struct place ended;
};

struct carried {
    int32_t reg;
    struct value value;
};

struct state {
    LIST(struct symbol) symbols;
    LIST(struct binding) bindings;
    LIST(struct frame) frames;
    LIST(struct carried) carried;
    int32_t event; /* Last event of the path. */
    bool lost;     /* Something was called of which nothing is known. */
};

struct state *state_copy(const struct state *state);
void state_free(struct state *state);
uint64_t state_hash(const struct state *state);
/* Forgets what nothing refers to; live says which locals are still mentioned. */
void state_prune(struct state *state, const uint8_t *live, size_t locals);

struct symbol *find_symbol(const struct state *state, int32_t uid);
struct symbol *symbol_of(const struct state *state, struct value value);
struct binding *find_binding(const struct state *state, struct value address);
void bind_value(struct state *state, struct value address, struct value value, struct place at);
/* Removes the bindings of a place and all of its parts. */
void unbind(struct state *state, struct value address);
/* Puts one value in place of a symbol, everywhere. */
void replace_symbol(struct state *state, int32_t uid, struct value value);

struct value unknown_value(void);
struct value number_value(int64_t number);
struct value symbol_value(int32_t uid);
struct value text_value(enum value_kind kind, int32_t id);
struct value part_of(struct value address, const char *part);
bool same_value(struct value left, struct value right);
bool is_address(struct value value);
bool is_inside(struct value part, struct value whole);
bool is_any_element(struct value address);

/* Narrows what is known; false if it cannot be. */
bool assume(struct state *state, struct value value, enum binary test, int64_t number);
/* 1 true, 0 false, -1 not known. */
int known_test(const struct state *state, struct value value, enum binary test, int64_t number);
enum binary opposite(enum binary test);

#endif
