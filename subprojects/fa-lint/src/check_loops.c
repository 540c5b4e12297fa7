/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* FA602, FA311 and the endless loop of FA603: what is allocated in loops. */
#include "program.h"

static bool leaves_loop(const struct function *function, int32_t block, int32_t loop)
{
    if (block < 0)
        return true;
    for (int32_t inner = function->blocks.items[block].loop; inner >= 0; inner = function->loops.items[inner].parent)
        if (inner == loop)
            return false;
    return true;
}

static bool in_loop(const struct function *function, const struct block *block, int32_t loop)
{
    return !leaves_loop(function, (int32_t)(block - function->blocks.items), loop);
}

/* A way out of the loop after a comparison with something other than nothing: a limit. */
static bool has_limit(const struct function *function, int32_t loop)
{
    for (size_t i = 0; i < function->blocks.count; i++) {
        const struct block *block = &function->blocks.items[i];
        if (block->end != END_BRANCH || !in_loop(function, block, loop))
            continue;
        const struct op *test = setter_of(function, block->condition);
        bool compares = test != NULL && test->kind == OP_BINARY && test->detail >= BIN_LT && test->detail <= BIN_GE;
        const struct op *left = compares ? setter_of(function, test->left) : NULL;
        if (compares && (left == NULL || left->kind != OP_CALL)) /* What a call returned says that it went well. */
            return true;
    }
    return false;
}

static bool calls_in_loop(const struct program *program, size_t caller, int32_t loop, uint32_t facts)
{
    const struct function *function = program->functions.items[caller];
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (edge->caller != (int32_t)caller || !in_loop(function, edge->block, loop))
            continue;
        const struct model *model = model_of_call(program, edge->op);
        enum effect effect = model != NULL ? model->effect : DOES_NOTHING;
        bool ends = effect == DOES_FRAME_END || effect == DOES_FRAME_END_PROMOTING || effect == DOES_FRAME_BEGIN;
        bool frees = effect == DOES_RELEASE || effect == DOES_GROUP_RELEASE || effect == DOES_TASK_RELEASE ||
                     effect == DOES_END_ID || effect == DOES_SCRATCH_RESET || effect == DOES_ROLLBACK ||
                     effect == DOES_SUBFRAME_END || effect == DOES_OBJECT_GIVE;
        if (((facts & FACT_ENDS_FRAME) && ends) || ((facts & FACT_RELEASES) && frees))
            return true;
        if (edge->function >= 0 && (program->facts[edge->function] & facts))
            return true;
    }
    return false;
}

static bool is_block_kind(enum effect effect)
{
    return effect == DOES_POOL_ALLOC || effect == DOES_HEAP_ALLOC || effect == DOES_GROUP_ALLOC ||
           effect == DOES_SCRATCH_ALLOC || effect == DOES_TASK_ALLOC;
}

static bool takes_frame_memory(const struct program *program, const struct edge *edge, const struct model *model)
{
    int64_t intent = 0;
    const struct function *function = program->functions.items[edge->caller];
    if (model->effect == DOES_INTENT_ALLOC)
        return constant_of(function, argument_of(function, edge->op, 1), &intent) && intent == 1;
    return model_allocates(model->effect) && !is_block_kind(model->effect);
}

static struct finding *tell(struct program *program, const struct edge *edge, const char *code, const char *message)
{
    const struct function *function = program->functions.items[edge->caller];
    struct finding *finding = add_finding(&program->findings, code, edge->op->at, message);
    if (finding != NULL) {
        finding->function = function->name;
        finding->allow = function->allow;
    }
    return finding;
}

static bool is_hot(const struct program *program, const struct function *function, int32_t loop)
{
    int64_t turns = 1, depth = 0;
    for (int32_t each = loop; each >= 0; each = function->loops.items[each].parent) {
        const struct loop *around = &function->loops.items[each];
        turns *= around->turns > 0 && turns < INT32_MAX ? around->turns : 1;
        depth += !around->endless;
    }
    return (function->flags & FUNCTION_HOT) || turns >= program->config->hot_turns ||
           depth >= program->config->hot_nesting;
}

/* A block that stays beyond its turn is needed; one that is released in the turn could have been taken once. */
static bool is_temporary(const struct program *program, const struct edge *edge, const struct model *model)
{
    const struct function *function = program->functions.items[edge->caller];
    bool pool =
        model->effect == DOES_POOL_ALLOC || model->effect == DOES_HEAP_ALLOC || model->effect == DOES_INTENT_ALLOC;
    return !pool || (function->flags & FUNCTION_HOT) ||
           calls_in_loop(program, (size_t)edge->caller, edge->block->loop, FACT_RELEASES);
}

static bool is_bounded(const struct program *program, const struct edge *edge, int32_t loop)
{
    const struct function *function = program->functions.items[edge->caller];
    return has_limit(function, loop) ||
           calls_in_loop(program, (size_t)edge->caller, loop, FACT_RELEASES | FACT_ENDS_FRAME);
}

/* The outermost loop of which nobody knows when it ends. */
static int32_t unbounded_loop(const struct function *function, int32_t loop)
{
    int32_t found = -1;
    for (; loop >= 0; loop = function->loops.items[loop].parent)
        if (function->loops.items[loop].endless || function->loops.items[loop].fed)
            found = loop;
    return found;
}

static void check_unbounded(struct program *program, const struct edge *edge, const struct model *model)
{
    const struct function *function = program->functions.items[edge->caller];
    int32_t loop = unbounded_loop(function, edge->block->loop);
    if (loop < 0 || is_bounded(program, edge, loop))
        return;
    bool frame = takes_frame_memory(program, edge, model);
    if (frame && function->loops.items[loop].endless) {
        struct finding *finding =
            tell(program, edge, "FA603", "an endless loop allocates frame memory and never ends a frame");
        add_note(finding, function->loops.items[loop].at, "the loop is here");
    } else {
        struct finding *finding = tell(program, edge, "FA311", "a loop without bound allocates in every turn");
        add_note(finding, function->loops.items[loop].at, "the loop is here");
    }
}

static void check_edge(struct program *program, const struct edge *edge)
{
    const struct model *model = model_of_call(program, edge->op);
    const struct function *function = program->functions.items[edge->caller];
    int32_t loop = edge->block->loop;
    if (model == NULL || !model_allocates(model->effect) || loop < 0 || starts_with(text_of(function->name), "fa_"))
        return;
    if (!takes_frame_memory(program, edge, model) && is_hot(program, function, loop) &&
        is_temporary(program, edge, model)) {
        struct finding *finding = tell(program, edge, "FA602", "a block is allocated in every turn of a hot loop");
        add_note(finding, function->loops.items[loop].at, "the loop is here");
    }
    check_unbounded(program, edge, model);
}

void check_loops(struct program *program)
{
    for (size_t i = 0; i < program->edges.count; i++)
        check_edge(program, &program->edges.items[i]);
}
