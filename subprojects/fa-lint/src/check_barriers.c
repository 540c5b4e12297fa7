/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* FA202: barriers, their seats, and the paths to them. */
#include "program.h"

#include <string.h>

static bool is_call_of(const struct program *program, const struct edge *edge, const char *name)
{
    return edge->function >= 0 && strcmp(text_of(program->functions.items[edge->function]->name), name) == 0;
}

static struct finding *tell(struct program *program, const struct edge *edge, const char *message)
{
    const struct function *function = program->functions.items[edge->caller];
    struct finding *finding = add_finding(&program->findings, "FA202", edge->op->at, message);
    if (finding != NULL) {
        finding->function = function->name;
        finding->allow = function->allow;
    }
    return finding;
}

/* How often a call runs, if all loops around it have a known number of turns; -1. */
static int64_t times_run(const struct function *function, const struct block *block)
{
    int64_t times = 1;
    for (int32_t loop = block->loop; loop >= 0; loop = function->loops.items[loop].parent) {
        if (function->loops.items[loop].turns <= 0)
            return -1;
        times *= function->loops.items[loop].turns;
    }
    return times;
}

/* Threads that wait at barriers, main() included; -1 if their number is not known. */
static int64_t waiting_threads(const struct program *program)
{
    int64_t sum = 0;
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        const struct model *model = model_of_call(program, edge->op);
        const struct function *caller = program->functions.items[edge->caller];
        if (model == NULL || model->effect != DOES_THREAD)
            continue;
        int32_t entry = function_argument(program, caller, edge->op, model->owner);
        int64_t times = times_run(caller, edge->block);
        if (entry < 0 || times < 0 || !(caller->flags & FUNCTION_MAIN))
            return -1;
        if (program->facts[entry] & FACT_WAITS)
            sum += times;
    }
    for (size_t i = 0; i < program->functions.count; i++)
        sum += (program->functions.items[i]->flags & FUNCTION_MAIN) && (program->facts[i] & FACT_WAITS);
    return sum;
}

static void check_seats(struct program *program)
{
    const struct edge *only = NULL;
    int64_t seats = 0;
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (is_call_of(program, edge, "fa_barrier_register") ||
            (only != NULL && is_call_of(program, edge, "fa_barrier_create")))
            return; /* Seats come and go, or there is more than one barrier. */
        if (is_call_of(program, edge, "fa_barrier_create"))
            only = edge;
    }
    if (only == NULL)
        return;
    const struct function *function = program->functions.items[only->caller];
    if (!constant_of(function, argument_of(function, only->op, 2), &seats) || seats <= 0)
        return;
    int64_t threads = waiting_threads(program);
    if (threads <= 1 || threads == seats)
        return;
    char *message =
        format_text("the barrier has %lld seats, and %lld threads wait at it", (long long)seats, (long long)threads);
    tell(program, only, message);
    release(message);
}

static bool arrives(const struct program *program, const struct edge *edge)
{
    return is_call_of(program, edge, "fa_barrier_wait") || is_call_of(program, edge, "fa_barrier_signal") ||
           is_call_of(program, edge, "fa_barrier_wait_timed");
}

static bool block_arrives(const struct program *program, size_t caller, const struct block *block)
{
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (edge->caller == (int32_t)caller && edge->block == block &&
            (arrives(program, edge) || is_call_of(program, edge, "fa_barrier_unregister") ||
             (edge->function >= 0 && (program->facts[edge->function] & FACT_WAITS))))
            return true;
    }
    return false;
}

static bool is_in(const struct function *function, int32_t block, int32_t loop)
{
    for (int32_t inner = function->blocks.items[block].loop; inner >= 0; inner = function->loops.items[inner].parent)
        if (inner == loop)
            return true;
    return false;
}

/* A way once around the loop that passes no block in which the barrier is met. */
static bool can_skip(const struct program *program, size_t caller, int32_t loop)
{
    const struct function *function = program->functions.items[caller];
    int32_t header = function->loops.items[loop].header;
    uint8_t *seen = take(function->blocks.count);
    LIST(int32_t) next = {0};
    bool around = false;
    LIST_PUSH(&next, header);
    while (next.count != 0 && !around) {
        int32_t at = next.items[--next.count];
        const struct block *block = &function->blocks.items[at];
        if (block_arrives(program, caller, block))
            continue;
        int32_t ways[] = {block->end == END_RETURN ? -1 : block->next,
                          block->end == END_BRANCH ? block->otherwise : -1};
        for (int i = 0; i < 2; i++) {
            if (ways[i] == header && block->end != END_RETURN)
                around = true;
            else if (ways[i] >= 0 && !seen[ways[i]] && is_in(function, ways[i], loop)) {
                seen[ways[i]] = 1;
                LIST_PUSH(&next, ways[i]);
            }
        }
    }
    release(seen);
    LIST_FREE(&next);
    return around;
}

/* A timed wait repeats by itself, and a loop that the wait stands in the condition of waits in all of its turns. */
static void check_skipping(struct program *program, const struct edge *edge)
{
    const struct function *function = program->functions.items[edge->caller];
    int32_t loop = edge->block->loop;
    uint32_t facts = program->facts[edge->caller];
    bool thread = (facts & FACT_THREAD) || (function->flags & FUNCTION_MAIN);
    if (!thread || loop < 0 || is_call_of(program, edge, "fa_barrier_wait_timed"))
        return;
    if (can_skip(program, (size_t)edge->caller, loop)) {
        struct finding *finding = tell(program, edge, "a turn of the loop may go by without arriving at the barrier");
        add_note(finding, function->loops.items[loop].at, "the loop is here");
    }
}

static bool same_argument(const struct function *function, const struct edge *left, const struct edge *right)
{
    const struct op *a = setter_of(function, argument_of(function, left->op, 1));
    const struct op *b = setter_of(function, argument_of(function, right->op, 1));
    while (a != NULL && b != NULL && a->kind == OP_LOAD && b->kind == OP_LOAD) {
        a = setter_of(function, a->left);
        b = setter_of(function, b->left);
    }
    return a != NULL && b != NULL && a->kind == b->kind && a->name == b->name &&
           (a->kind != OP_LOCAL || a->left == b->left);
}

static void check_pair(struct program *program, const struct edge *first, const struct edge *second)
{
    const struct function *function = program->functions.items[first->caller];
    if (first->caller != second->caller || first->block != second->block || second->op <= first->op ||
        !same_argument(function, first, second))
        return;
    bool gone = is_call_of(program, first, "fa_barrier_destroy") || is_call_of(program, first, "fa_barrier_unregister");
    bool again = is_call_of(program, first, "fa_barrier_signal") && is_call_of(program, second, "fa_barrier_signal");
    if (gone && arrives(program, second))
        tell(program, second, "the barrier is met after it was left or destroyed");
    else if (again)
        tell(program, second, "the barrier is signalled twice in one turn");
}

void check_barriers(struct program *program)
{
    check_seats(program);
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (arrives(program, edge))
            check_skipping(program, edge);
        bool starts = arrives(program, edge) || is_call_of(program, edge, "fa_barrier_destroy") ||
                      is_call_of(program, edge, "fa_barrier_unregister");
        for (size_t k = 0; starts && k < program->edges.count; k++)
            check_pair(program, edge, &program->edges.items[k]);
    }
}
