/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Walks the paths of a function. What happens on a path that matters to others is kept as a list of events; the
 * distinct lists of a function are its summary, and a call of it replays them on the state of the caller.
 */
#ifndef FA_LINT_EXPLORE_H
#define FA_LINT_EXPLORE_H

#include "finding.h"
#include "model.h"
#include "state.h"

enum event_kind {
    EVENT_LOAD,
    EVENT_ASSUME,
    EVENT_STORE,
    EVENT_CLEAR,
    EVENT_COPY,
    EVENT_ALLOC,
    EVENT_USE,
    EVENT_RELEASE,
    EVENT_MOVE,
    EVENT_BEGIN,
    EVENT_BEGIN_FAILED,
    EVENT_END,
    EVENT_HOLD,
    EVENT_TOKEN,
    EVENT_ROLLBACK,
    EVENT_COMMIT,
    EVENT_END_OWNED,
    EVENT_WINDOW_USE,
    EVENT_WINDOW_CLOSE,
    EVENT_SCRATCH_CLOSE,
    EVENT_SHARE,
    EVENT_SYNC,
    EVENT_SUSPEND,
    EVENT_RETAIN,
    EVENT_RETAIN_DROP,
    EVENT_LANE,
    EVENT_HAVOC,
    EVENT_LOST,
    EVENT_CONFIGURE,
    EVENT_RETURN
};

struct event {
    uint8_t kind;
    uint8_t detail;
    uint8_t extra;
    uint8_t policy;
    int32_t uid;
    struct value subject;
    struct value other;
    int64_t number;
    struct place at;
};

struct event_node {
    int32_t before;
    struct event event;
};

struct trace {
    LIST(struct event) events;
};

struct summary {
    LIST(struct trace) traces;
    LIST(struct symbol) births; /* By uid. */
    bool begun;
    bool done;
    bool incomplete;
    bool ends_foreign; /* A path ends a frame that it did not begin. */
    bool leaves_frame; /* It was reported that a path leaves a frame running. */
};

struct leaving {
    struct place begun;
    struct place at;
    bool running;
};

struct path {
    struct state *state;
    int32_t block;
    int32_t op;
    struct value *regs;
};

struct program;

struct exploration {
    struct program *program;
    struct function *function;
    struct summary *summary;
    finding_list *findings;
    LIST(struct event_node) events;
    LIST(struct symbol) births;
    LIST(struct path) paths;
    LIST(struct leaving) leavings;
    LIST(uint64_t) * seen;
    uint8_t **live;
    int32_t *first_register;
    int32_t *last_register;
    uint8_t *crosses; /* Registers that are used in another block than the one that sets them. */
    uint8_t *used;
    uint32_t *splits; /* By operation: how often paths parted there. */
    size_t steps;
    bool root;     /* Nobody in the program calls it. */
    bool own_lane; /* Begins without a frame: main() and threads. */
    bool async;
    bool driven;          /* Data say when its frames begin and end. */
    bool gives_up;        /* It ends its frame at the end of a chain of `&&`, which is left at the first failure. */
    int32_t replays;      /* How deep in replayed events we are. */
    int32_t replay_first; /* First uid made by the replay. */
    int32_t replay_number;
    struct place call_at; /* Of the outermost replay. */
    int32_t callee;
    const struct op *op;
};

void explore_function(struct program *program, size_t index);

/* State changes. `at` is where it stands in the text. */
struct value load(struct exploration *ex, struct state *state, struct value address, struct place at);
void store(struct exploration *ex, struct state *state, struct value address, struct value value, struct place at);
void copy_parts(struct exploration *ex, struct state *state, struct value to, struct value from, struct place at);
void declare_local(struct state *state, int32_t local);
void clear_parts(struct exploration *ex, struct state *state, struct value address, struct place at);
bool suppose(struct exploration *ex, struct state *state, struct value value, enum binary test, int64_t number);
struct value new_unknown(struct exploration *ex, struct state *state);
struct value operation(struct exploration *ex, struct state *state, enum binary kind, struct value left,
                       struct value right, int64_t number);
struct symbol *new_symbol(struct exploration *ex, struct state *state, enum origin origin);

struct event make_event(enum event_kind kind, struct value subject, struct place at);
void apply(struct exploration *ex, struct state *state, struct event event);
void log_event(struct exploration *ex, struct state *state, struct event event);
struct value allocate(struct exploration *ex, struct state *state, enum object object, struct value owner,
                      struct place at);
void use(struct exploration *ex, struct state *state, struct value value, struct place at);
void forget_contents(struct exploration *ex, struct state *state, struct value value);

struct frame *frame_of(struct exploration *ex, struct state *state, struct value allocator);
bool same_owner(struct value left, struct value right);
void check_kept(struct exploration *ex, struct state *state, struct value allocator, bool at_exit);

/* Calls: false if the path ends. May add paths. */
bool call(struct exploration *ex, struct path *path, const struct op *op);
bool replay(struct exploration *ex, struct path *path, const struct summary *summary, size_t callee,
            const struct value *args, int32_t count, const struct op *op);
void set_register(struct exploration *ex, struct path *path, int32_t reg, struct value value);
struct value get_register(struct exploration *ex, const struct path *path, int32_t reg);
/* Whether a path may be copied where it stands, to go on in another way, too. */
bool may_split(struct exploration *ex, const struct path *path);
struct path copy_path(struct exploration *ex, const struct path *path);

struct finding *report(struct exploration *ex, const char *code, struct place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct place here(const struct exploration *ex, struct place at);
bool is_internal(const struct exploration *ex, int32_t uid);

#endif
