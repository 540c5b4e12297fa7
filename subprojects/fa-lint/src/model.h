/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the functions of framealloc, and those of other libraries that matter to it, do. */
#ifndef FA_LINT_MODEL_H
#define FA_LINT_MODEL_H

#include "ir.h"

enum effect {
    DOES_NOTHING, /* Known, and harmless to everything that is followed. */
    DOES_FRAME_BEGIN,
    DOES_FRAME_END,
    DOES_FRAME_END_PROMOTING,
    DOES_FRAME_ALLOC,
    DOES_FRAME_ALLOC_AHEAD,
    DOES_FRAME_OUT, /* Writes addresses of frame memory through an argument. */
    DOES_RETAINED_ALLOC,
    DOES_IMPORTANT_ALLOC,
    DOES_RETAIN,
    DOES_RETAIN_DROP,
    DOES_HOLD,
    DOES_TOKEN_RELEASE,
    DOES_CHECKPOINT,
    DOES_ROLLBACK,
    DOES_COMMIT,
    DOES_SUBFRAME_BEGIN,
    DOES_SUBFRAME_END,
    DOES_WINDOW_OPEN,
    DOES_WINDOW_ALLOC,
    DOES_WINDOW_CLOSE,
    DOES_POOL_ALLOC,
    DOES_HEAP_ALLOC,
    DOES_INTENT_ALLOC,
    DOES_GROUP_ALLOC,
    DOES_TASK_ALLOC,
    DOES_SCRATCH_ALLOC,
    DOES_TRANSFER_ALLOC,
    DOES_OBJECT_TAKE,
    DOES_MAGAZINE_TAKE,
    DOES_MALLOC,
    DOES_REALLOC,
    DOES_RELEASE,
    DOES_GROUP_RELEASE,
    DOES_TASK_RELEASE,
    DOES_OBJECT_GIVE,
    DOES_FREE,
    DOES_MAKE_ID, /* Writes the id of something new through an argument. */
    DOES_END_ID,  /* What was allocated from the id goes. */
    DOES_SCRATCH_RESET,
    DOES_SCRATCH_OPEN,
    DOES_SCRATCH_CLOSE,
    DOES_ALLOCATOR_CREATE,
    DOES_ALLOCATOR_RETAIN,
    DOES_THREAD,
    DOES_JOIN,
    DOES_KEEP, /* Keeps an argument for a callback. */
    DOES_RUN_CALLBACKS,
    DOES_SUSPEND,
    DOES_LANE_CHANGE,
    DOES_DEFERRED_CONFIGURE,
    DOES_CLEAR,
    DOES_COPY,
    DOES_STOP, /* Does not return. */
    DOES_USE,  /* Reads or writes through its arguments, keeps none. */
};

struct model {
    const char *name;
    enum effect effect;
    int8_t owner;   /* Argument that is the allocator, group or pool; -1. */
    int8_t subject; /* Argument that is acted upon. */
    int8_t extra;
};

/* NULL for functions of the program itself. */
const struct model *model_of(int32_t name);
/* The same for functions of classes, by what is known of their USR. */
const struct model *model_of_method(const char *usr);
bool model_allocates(enum effect effect);

#endif
