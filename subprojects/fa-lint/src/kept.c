/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Places that hold frame memory longer than its frame. */
#include "apply.h"
#include "program.h"

#include <string.h>

static bool outlives_frames(const struct exploration *ex, const struct state *state, struct value address)
{
    if (address.kind == V_GLOBAL) {
        const struct global *global = find_global(ex->program, address.id);
        return global == NULL ||
               ((global->flags & GLOBAL_FRAME) == 0 && strstr(text_of(global->allow), "FA601") == NULL);
    }
    const struct symbol *symbol = symbol_of(state, address);
    if (symbol == NULL)
        return false;
    if (symbol->object >= POOL_BLOCK && symbol->object <= SOME_BLOCK)
        return symbol->status == ALIVE && symbol->object != SCRATCH_BLOCK;
    return symbol->object == NO_OBJECT && symbol->origin != FROM_OPERATION;
}

static const char *name_of_holder(const struct exploration *ex, const struct state *state, struct value address)
{
    const struct symbol *symbol = symbol_of(state, address);
    const struct global *global = address.kind == V_GLOBAL ? find_global(ex->program, address.id) : NULL;
    if (global != NULL)
        return text_of(global->name);
    return symbol != NULL && symbol->object != NO_OBJECT ? name_of_object(symbol->object) : "a structure of the caller";
}

static void report_kept(struct exploration *ex, struct state *state, const struct binding *binding,
                        const struct symbol *symbol)
{
    const char *holder = name_of_holder(ex, state, binding->address);
    bool discarded = symbol->policy == 1;
    struct finding *finding =
        report(ex, discarded ? "FA605" : "FA601", binding->at, "%s is kept in %s, which outlives its frame",
               discarded ? "memory that is to be discarded" : "frame memory", holder);
    add_note(finding, symbol->born, "it was allocated here");
    add_note(finding, symbol->died, symbol->status == ALIVE ? "" : "its frame ended here");
}

/* Places that still hold addresses of frames that are over, when the next one begins or nobody is left to clear them.
 */
void check_kept(struct exploration *ex, struct state *state, struct value allocator, bool at_exit)
{
    for (size_t i = 0; i < state->bindings.count; i++) {
        struct binding *binding = &state->bindings.items[i];
        struct symbol *symbol = symbol_of(state, binding->value);
        if (symbol == NULL || symbol->object != FRAME_BLOCK ||
            (symbol->status != ENDED_FRAME && symbol->status != PROMOTED) ||
            (!at_exit && !same_owner(symbol->owner, allocator)))
            continue;
        if (binding->at.file != 0 && outlives_frames(ex, state, binding->address))
            report_kept(ex, state, binding, symbol);
    }
}
