/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Loops that are driven by data: one turn begins a frame, another ends it, as the message says that is looked at. Which
 * turns follow each other cannot be told from the text, so nothing is said of their frames.
 */
#include "program.h"

static bool is_in(const struct function *function, int32_t block, int32_t loop)
{
    for (int32_t inner = function->blocks.items[block].loop; inner >= 0; inner = function->loops.items[inner].parent)
        if (inner == loop)
            return true;
    return false;
}

static bool does(const struct program *program, const struct edge *edge, bool begins)
{
    const struct model *model = model_of_call(program, edge->op);
    if (model != NULL)
        return begins ? model->effect == DOES_FRAME_BEGIN
                      : model->effect == DOES_FRAME_END || model->effect == DOES_FRAME_END_PROMOTING;
    return edge->function >= 0 && (program->facts[edge->function] & (FACT_BEGINS_FRAME | FACT_ENDS_FRAME)) ==
                                      (begins ? FACT_BEGINS_FRAME : FACT_ENDS_FRAME);
}

/* Blocks of a loop that can be reached from one without a new turn. */
static void spread(const struct function *function, int32_t from, int32_t loop, uint8_t *reached)
{
    LIST(int32_t) next = {0};
    LIST_PUSH(&next, from);
    reached[from] = 1;
    while (next.count != 0) {
        const struct block *block = &function->blocks.items[next.items[--next.count]];
        int32_t ways[] = {block->end == END_RETURN || block->end == END_STOP ? -1 : block->next,
                          block->end == END_BRANCH ? block->otherwise : -1};
        for (int i = 0; i < 2; i++)
            if (ways[i] >= 0 && !reached[ways[i]] && ways[i] != function->loops.items[loop].header &&
                is_in(function, ways[i], loop)) {
                reached[ways[i]] = 1;
                LIST_PUSH(&next, ways[i]);
            }
    }
    LIST_FREE(&next);
}

static int32_t index_of(const struct function *function, const struct block *block)
{
    return (int32_t)(block - function->blocks.items);
}

/* The begin and the ends of one loop, none of which it reaches within its turn. */
static bool is_driven_from(const struct program *program, size_t index, const struct edge *begin)
{
    const struct function *function = program->functions.items[index];
    for (int32_t loop = begin->block->loop; loop >= 0; loop = function->loops.items[loop].parent) {
        uint8_t *reached = take(function->blocks.count);
        bool ends = false, reaches = false;
        spread(function, index_of(function, begin->block), loop, reached);
        for (size_t i = 0; i < program->edges.count; i++) {
            const struct edge *edge = &program->edges.items[i];
            if (edge->caller != (int32_t)index || !does(program, edge, false) ||
                !is_in(function, index_of(function, edge->block), loop))
                continue;
            ends = true;
            reaches |= reached[index_of(function, edge->block)];
        }
        release(reached);
        if (ends)
            return !reaches;
    }
    return false;
}

bool is_driven(const struct program *program, size_t index)
{
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (edge->caller == (int32_t)index && edge->block->loop >= 0 && does(program, edge, true) &&
            is_driven_from(program, index, edge))
            return true;
    }
    return false;
}
