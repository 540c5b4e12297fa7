/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* All translation units together. */
#ifndef FA_LINT_PROGRAM_H
#define FA_LINT_PROGRAM_H

#include "config.h"
#include "explore.h"

#define FACT_CALLED 1   /* Somebody calls it. */
#define FACT_THREAD 2   /* A thread begins with it. */
#define FACT_CALLBACK 4 /* It is kept for later. */
#define FACT_WAITS 8    /* It, or what it calls, waits at a barrier of ours. */
#define FACT_ENDS_FRAME 16
#define FACT_ALLOCATES 32
#define FACT_RELEVANT 64
#define FACT_SYNCS 128 /* It waits for others by some means. */
#define FACT_RELEASES 256
#define FACT_BEGINS_FRAME 512

struct edge {
    int32_t function; /* Index, -1 for functions outside the program. */
    int32_t caller;
    const struct op *op;
    const struct block *block;
};

struct program {
    const struct config *config;
    LIST(struct function *) functions;
    LIST(struct global *) globals;
    LIST(struct suppression *) suppressions;
    int32_t *index; /* By interned USR: index of the function + 1. */
    size_t index_count;
    struct summary *summaries;
    uint32_t *facts;
    LIST(struct edge) edges;
    uint8_t *cleared; /* By interned USR of a global: set to nothing somewhere. */
    bool binds_lanes;
    finding_list findings;
};

void program_add(struct program *program, struct module *module);
void program_analyse(struct program *program);
void program_free(struct program *program);
int32_t find_function(const struct program *program, int32_t usr);
const struct global *find_global(const struct program *program, int32_t usr);
const struct model *model_of_call(const struct program *program, const struct op *op);

/* Checks that look at the whole program rather than at paths. */
void check_loops(struct program *program);
void check_threads(struct program *program);
void check_barriers(struct program *program);
void check_tags(struct program *program);
void check_budgets(struct program *program);

/* Its frames begin and end in different turns of a loop. */
bool is_driven(const struct program *program, size_t index);

/* The function that an argument of a call names, -1 if none is known. */
int32_t function_argument(const struct program *program, const struct function *function, const struct op *op,
                          int32_t argument);
/* The operation that sets a register. */
const struct op *setter_of(const struct function *function, int32_t reg);
/* The number or the text that a register holds, looked at alone. */
bool constant_of(const struct function *function, int32_t reg, int64_t *number);
int32_t literal_of(const struct function *function, int32_t reg);
int32_t argument_of(const struct function *function, const struct op *op, int32_t index);

#endif
