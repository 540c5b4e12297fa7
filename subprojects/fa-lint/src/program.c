/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "program.h"

#include <stdlib.h>
#include <string.h>

int32_t find_function(const struct program *program, int32_t usr)
{
    return usr >= 0 && (size_t)usr < program->index_count ? program->index[usr] - 1 : -1;
}

const struct global *find_global(const struct program *program, int32_t usr)
{
    for (size_t i = 0; i < program->globals.count; i++)
        if (program->globals.items[i]->usr == usr)
            return program->globals.items[i];
    return NULL;
}

static void reserve_index(struct program *program, int32_t usr)
{
    if ((size_t)usr < program->index_count)
        return;
    size_t count = (size_t)usr * 2 + 64;
    program->index = realloc(program->index, count * sizeof *program->index);
    if (program->index == NULL)
        abort();
    memset(program->index + program->index_count, 0, (count - program->index_count) * sizeof *program->index);
    program->index_count = count;
}

/* What is marked in one place holds in all. */
static void merge_marks(struct function *into, const struct function *from)
{
    into->flags |= from->flags & ~FUNCTION_BODY;
    if (into->allow == 0)
        into->allow = from->allow;
    for (size_t i = 0; i < into->params.count && i < from->params.count; i++)
        into->params.items[i] |= from->params.items[i];
}

static void add_function(struct program *program, struct function *function)
{
    reserve_index(program, function->usr);
    int32_t index = program->index[function->usr] - 1;
    if (index < 0) {
        LIST_PUSH(&program->functions, function);
        program->index[function->usr] = (int32_t)program->functions.count;
        return;
    }
    struct function *old = program->functions.items[index];
    if ((function->flags & FUNCTION_BODY) && !(old->flags & FUNCTION_BODY)) {
        merge_marks(function, old);
        program->functions.items[index] = function;
    } else {
        merge_marks(old, function);
    }
}

static void add_global(struct program *program, struct global *global)
{
    struct global *old = (struct global *)find_global(program, global->usr);
    if (old == NULL) {
        LIST_PUSH(&program->globals, global);
        return;
    }
    old->flags |= global->flags & GLOBAL_FRAME;
    old->allow = old->allow != 0 ? old->allow : global->allow;
}

void program_add(struct program *program, struct module *module)
{
    for (size_t i = 0; i < module->functions.count; i++)
        add_function(program, &module->functions.items[i]);
    for (size_t i = 0; i < module->globals.count; i++)
        add_global(program, &module->globals.items[i]);
    for (size_t i = 0; i < module->suppressions.count; i++)
        LIST_PUSH(&program->suppressions, &module->suppressions.items[i]);
}

/* Registers are numbered in the order of their operations; those without a result stand between. */
const struct op *setter_of(const struct function *function, int32_t reg)
{
    size_t low = 0, high = function->ops.count;
    while (reg >= 0 && low < high) {
        size_t middle = (low + high) / 2, at = middle;
        while (at > low && function->ops.items[at].result < 0)
            at--;
        if (function->ops.items[at].result == reg)
            return &function->ops.items[at];
        if (function->ops.items[at].result > reg)
            high = at;
        else
            low = middle + 1;
    }
    return NULL;
}

int32_t argument_of(const struct function *function, const struct op *op, int32_t index)
{
    return index >= 0 && index < op->count ? function->args.items[op->first + index] : -1;
}

bool constant_of(const struct function *function, int32_t reg, int64_t *number)
{
    const struct op *op = setter_of(function, reg);
    if (op == NULL || op->kind != OP_NUMBER)
        return false;
    *number = op->number;
    return true;
}

int32_t literal_of(const struct function *function, int32_t reg)
{
    const struct op *op = setter_of(function, reg);
    return op != NULL && op->kind == OP_TEXT ? op->name : 0;
}

int32_t function_argument(const struct program *program, const struct function *function, const struct op *op,
                          int32_t argument)
{
    const struct op *set = setter_of(function, argument_of(function, op, argument));
    return set != NULL && set->kind == OP_FUNCTION ? find_function(program, set->name) : -1;
}

static void mark_argument(struct program *program, const struct function *function, const struct op *op,
                          int32_t argument, uint32_t fact)
{
    int32_t index = function_argument(program, function, op, argument);
    if (index >= 0)
        program->facts[index] |= fact;
}

static void mark_kept(struct program *program, const struct function *function, const struct op *op,
                      const struct function *callee)
{
    bool keeps = false;
    for (size_t i = 0; i < callee->params.count; i++)
        keeps |= (callee->params.items[i] & PARAM_KEEPS) != 0;
    for (int32_t i = 0; keeps && i < op->count; i++)
        mark_argument(program, function, op, i, FACT_CALLBACK);
}

static uint32_t facts_of_effect(const struct model *model)
{
    enum effect effect = model->effect;
    uint32_t facts = starts_with(model->name, "fa_") ? FACT_RELEVANT : 0;
    if (model_allocates(effect))
        facts |= FACT_ALLOCATES;
    if (effect == DOES_FRAME_END || effect == DOES_FRAME_END_PROMOTING)
        facts |= FACT_ENDS_FRAME;
    if (effect == DOES_FRAME_BEGIN)
        facts |= FACT_BEGINS_FRAME;
    if (effect == DOES_JOIN || effect == DOES_RUN_CALLBACKS)
        facts |= FACT_SYNCS;
    if (effect == DOES_RELEASE || effect == DOES_GROUP_RELEASE || effect == DOES_END_ID ||
        effect == DOES_SCRATCH_RESET || effect == DOES_TASK_RELEASE || effect == DOES_REALLOC ||
        effect == DOES_ROLLBACK || effect == DOES_SUBFRAME_END)
        facts |= FACT_RELEASES;
    return facts;
}

static void add_model_facts(struct program *program, size_t caller, const struct op *op, const struct model *model)
{
    const struct function *function = program->functions.items[caller];
    program->facts[caller] |= facts_of_effect(model);
    if (starts_with(model->name, "fa_barrier_wait"))
        program->facts[caller] |= FACT_WAITS;
    if (model->effect == DOES_THREAD)
        mark_argument(program, function, op, model->owner, FACT_THREAD);
    for (int32_t i = 0; model->effect == DOES_KEEP && i < op->count; i++)
        mark_argument(program, function, op, i, FACT_CALLBACK);
    program->binds_lanes |= model->effect == DOES_LANE_CHANGE;
}

static void add_call(struct program *program, size_t caller, const struct op *op, const struct block *block)
{
    const struct function *function = program->functions.items[caller];
    const struct op *set = op->name == 0 ? setter_of(function, op->left) : NULL;
    int32_t name = set != NULL && set->kind == OP_FUNCTION ? set->name : op->name;
    struct edge edge = {find_function(program, name), (int32_t)caller, op, block};
    LIST_PUSH(&program->edges, edge);
    const struct model *model = model_of_call(program, op);
    if (model != NULL)
        add_model_facts(program, caller, op, model);
    if (edge.function < 0)
        return;
    if ((size_t)edge.function != caller)
        program->facts[edge.function] |= FACT_CALLED;
    const struct function *callee = program->functions.items[edge.function];
    if (starts_with(text_of(callee->name), "fa_barrier_signal"))
        program->facts[caller] |= FACT_WAITS;
    if (starts_with(text_of(callee->name), "fa_"))
        program->facts[caller] |= FACT_RELEVANT;
    mark_kept(program, function, op, callee);
}

static int32_t global_of(const struct function *function, int32_t reg)
{
    const struct op *op = setter_of(function, reg);
    while (op != NULL && (op->kind == OP_FIELD || op->kind == OP_INDEX))
        op = setter_of(function, op->left);
    return op != NULL && op->kind == OP_GLOBAL ? op->name : 0;
}

/* Globals that somebody sets to nothing are looked after. */
static void note_clearing(struct program *program, const struct function *function, const struct op *op)
{
    int64_t number = 1;
    const struct model *model = op->kind == OP_CALL ? model_of_call(program, op) : NULL;
    bool clears =
        op->kind == OP_CLEAR || (op->kind == OP_STORE && constant_of(function, op->right, &number) && number == 0);
    int32_t global = clears ? global_of(function, op->left) : 0;
    if (model != NULL && model->effect == DOES_CLEAR)
        global = global_of(function, argument_of(function, op, 0));
    if (global != 0)
        program->cleared[global] = 1;
}

static void scan_function(struct program *program, size_t index)
{
    const struct function *function = program->functions.items[index];
    for (size_t b = 0; b < function->blocks.count; b++) {
        const struct block *block = &function->blocks.items[b];
        for (int32_t i = block->first; i < block->last; i++) {
            const struct op *op = &function->ops.items[i];
            if (op->kind == OP_CALL)
                add_call(program, index, op, block);
            if (op->kind == OP_STORE || op->kind == OP_CLEAR || op->kind == OP_CALL)
                note_clearing(program, function, op);
        }
    }
}

static void spread_facts(struct program *program)
{
    const uint32_t upward = FACT_WAITS | FACT_ALLOCATES | FACT_RELEVANT | FACT_SYNCS | FACT_RELEASES;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < program->edges.count; i++) {
            const struct edge *edge = &program->edges.items[i];
            if (edge->function < 0)
                continue;
            uint32_t facts = program->facts[edge->caller] | (program->facts[edge->function] & upward);
            changed |= facts != program->facts[edge->caller];
            program->facts[edge->caller] = facts;
        }
    }
}

static bool is_relevant(const struct program *program)
{
    for (size_t i = 0; i < program->functions.count; i++)
        if ((program->facts[i] & FACT_RELEVANT) && !starts_with(text_of(program->functions.items[i]->name), "fa_"))
            return true;
    return false;
}

static size_t largest_usr(const struct program *program)
{
    int32_t largest = 0;
    for (size_t i = 0; i < program->globals.count; i++)
        largest = program->globals.items[i]->usr > largest ? program->globals.items[i]->usr : largest;
    return (size_t)largest;
}

void program_analyse(struct program *program)
{
    size_t count = program->functions.count;
    program->facts = take(count * sizeof *program->facts);
    program->summaries = take(count * sizeof *program->summaries);
    program->cleared = take(largest_usr(program) + 1);
    for (size_t i = 0; i < count; i++)
        scan_function(program, i);
    if (!is_relevant(program))
        return;
    spread_facts(program);
    for (size_t i = 0; i < count; i++)
        if (program->facts[i] & FACT_RELEVANT)
            explore_function(program, i);
    check_loops(program);
    check_threads(program);
    check_barriers(program);
    check_tags(program);
    check_budgets(program);
}

static void free_summary(struct summary *summary)
{
    for (size_t i = 0; i < summary->traces.count; i++)
        LIST_FREE(&summary->traces.items[i].events);
    LIST_FREE(&summary->traces);
    LIST_FREE(&summary->births);
}

void program_free(struct program *program)
{
    for (size_t i = 0; program->summaries != NULL && i < program->functions.count; i++)
        free_summary(&program->summaries[i]);
    release(program->summaries);
    release(program->facts);
    release(program->cleared);
    free(program->index);
    LIST_FREE(&program->functions);
    LIST_FREE(&program->globals);
    LIST_FREE(&program->suppressions);
    LIST_FREE(&program->edges);
    free_findings(&program->findings);
}
