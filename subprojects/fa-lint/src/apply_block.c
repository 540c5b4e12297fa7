/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks: releasing, moving, ending what they belong to. */
#include "apply.h"
#include "program.h"

static void mark_released(struct symbol *symbol, struct place at)
{
    if (symbol->object == NO_OBJECT)
        symbol->object = SOME_BLOCK;
    symbol->status = RELEASED;
    symbol->died = at;
}

static void offer_removal(const struct exploration *ex, struct finding *finding, const char *title)
{
    if (finding != NULL && ex->replays == 0 && ex->op != NULL && ex->op->detail == OP_DELETES)
        finding->fix = (struct fix){ex->op->at.file, ex->op->at.begin, ex->op->at.end, 0, intern(title)};
}

/* Which blocks each way of releasing takes. */
static bool takes(enum effect how, enum object object)
{
    switch (how) {
    case DOES_RELEASE:
        return object == POOL_BLOCK || object == HEAP_BLOCK || object == SOME_BLOCK || object == TRANSFER_BLOCK;
    case DOES_GROUP_RELEASE: return object == GROUP_BLOCK || object == SOME_BLOCK;
    case DOES_TASK_RELEASE: return object == TASK_BLOCK || object == SOME_BLOCK;
    case DOES_OBJECT_GIVE: return object == POOL_OBJECT || object == SOME_BLOCK;
    default: return object == MALLOC_BLOCK || object == SOME_BLOCK;
    }
}

static const char *name_of_release(enum effect how)
{
    switch (how) {
    case DOES_RELEASE: return "fa_release()";
    case DOES_GROUP_RELEASE: return "fa_group_release_block()";
    case DOES_TASK_RELEASE: return "fa_task_release()";
    case DOES_OBJECT_GIVE: return "fa_object_pool_give_object()";
    default: return "free()";
    }
}

static bool is_other_allocator(const struct state *state, struct value left, struct value right)
{
    const struct symbol *a = symbol_of(state, left), *b = symbol_of(state, right);
    return a != NULL && b != NULL && a != b && a->object == ALLOCATOR && b->object == ALLOCATOR;
}

static void report_release(struct exploration *ex, struct symbol *symbol, struct event event, bool foreign)
{
    enum effect how = event.detail;
    struct finding *finding = NULL;
    if (symbol->object == FRAME_BLOCK) {
        finding = report(ex, "FA613", here(ex, event.at), "frame memory is released with %s", name_of_release(how));
        offer_removal(ex, finding, "leave it to the end of the frame");
    } else if (symbol->status == RELEASED && symbol->object != MALLOC_BLOCK) {
        finding = report(ex, "FA612", here(ex, event.at), "%s is released twice", name_of_object(symbol->object));
        add_note(finding, symbol->died, "it was released here");
        offer_removal(ex, finding, "remove the second release");
    } else if (!takes(how, symbol->object)) {
        finding = report(ex, "FA611", here(ex, event.at), "%s is released with %s", name_of_object(symbol->object),
                         name_of_release(how));
    } else if (foreign) {
        finding = report(ex, "FA611", here(ex, event.at), "%s is released to another allocator than its own",
                         name_of_object(symbol->object));
    }
    add_note(finding, symbol->born, "it was allocated here");
    note_inside(ex, finding, event.at);
}

static void check_areas(struct exploration *ex, const struct symbol *symbol, struct event event)
{
    const struct area *from = area_of(ex->program->config, text_of(symbol->made_in));
    const struct area *to = area_of(ex->program->config, text_of(event.at.file));
    if (from == NULL || to == NULL || from == to || matches_any(&to->shares, from->name))
        return;
    struct finding *finding =
        report(ex, "FA803", event.at, "memory of module %s is released by module %s", from->name, to->name);
    add_note(finding, symbol->born, "it was allocated here");
}

void apply_release(struct exploration *ex, struct state *state, struct event event)
{
    struct value value = event.subject;
    struct symbol *symbol = symbol_of(state, value);
    enum effect how = event.detail;
    if ((value.kind == V_LOCAL || value.kind == V_GLOBAL) && how != DOES_FREE && ex->replays == 0) {
        report(ex, "FA611", here(ex, event.at), "the address of a variable is released with %s", name_of_release(how));
        return;
    }
    if (symbol == NULL || value.path != 0 || symbol->object > SOME_BLOCK)
        return;
    bool released = symbol->status == RELEASED || (symbol->status == MOVED && is_moved_away(state, symbol));
    bool foreign = how == DOES_RELEASE && is_other_allocator(state, symbol->owner, event.other);
    bool told = symbol->object == SOME_BLOCK || (symbol->origin == FROM_ALLOCATION && symbol->object != NO_OBJECT);
    if (!is_internal(ex, symbol->uid) && told &&
        (symbol->object == FRAME_BLOCK || released || foreign || !takes(how, symbol->object)))
        report_release(ex, symbol, event, foreign);
    else if (symbol->origin == FROM_ALLOCATION && symbol->object >= POOL_BLOCK)
        check_areas(ex, symbol, event);
    if (symbol->object == FRAME_BLOCK)
        return;
    if (how == DOES_FREE && symbol->object == NO_OBJECT)
        return; /* Not known to be ours. */
    mark_released(symbol, here(ex, event.at));
}

void apply_move(struct exploration *ex, struct state *state, struct event event)
{
    struct symbol *symbol = symbol_of(state, event.subject);
    if (symbol == NULL || event.subject.path != 0)
        return;
    use(ex, state, event.subject, event.at);
    symbol = symbol_of(state, event.subject);
    if (symbol->object == FRAME_BLOCK || symbol->object == MALLOC_BLOCK) {
        if (!is_internal(ex, symbol->uid))
            report_release(ex, symbol, (struct event){.detail = DOES_RELEASE, .at = event.at}, false);
        return;
    }
    if (symbol->object == NO_OBJECT)
        symbol->object = SOME_BLOCK;
    symbol->status = MOVED;
    symbol->partner = event.uid;
    symbol->died = here(ex, event.at);
}

void apply_end_owned(struct exploration *ex, struct state *state, struct event event)
{
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        bool fits = event.detail == SCRATCH_BLOCK ? symbol->object == SCRATCH_BLOCK
                                                  : symbol->object == GROUP_BLOCK || symbol->object == TASK_BLOCK;
        if (fits && symbol->status == ALIVE && same_value(symbol->owner, event.subject)) {
            symbol->status = RESET;
            symbol->died = here(ex, event.at);
        }
    }
}

void apply_scratch_close(struct exploration *ex, struct state *state, struct event event)
{
    const struct binding *binding = find_binding(state, part_of(event.subject, "#scope"));
    const struct symbol *found = binding != NULL ? symbol_of(state, binding->value) : NULL;
    if (found == NULL || found->object != SCRATCH_MARK)
        return;
    struct symbol mark = *found;
    for (size_t i = 0; i < state->symbols.count; i++) {
        struct symbol *symbol = &state->symbols.items[i];
        if (symbol->object == SCRATCH_BLOCK && symbol->status == ALIVE && symbol->uid > mark.uid &&
            same_owner(symbol->owner, mark.owner)) {
            symbol->status = RESET;
            symbol->died = here(ex, event.at);
        }
    }
}
