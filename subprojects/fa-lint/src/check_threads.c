/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* FA203, FA204, FA205: threads, their budgets, queues and frames. */
#include "program.h"

#include <string.h>

static const char *name_of_call(const struct program *program, const struct edge *edge)
{
    return edge->function >= 0 ? text_of(program->functions.items[edge->function]->name) : "";
}

static const struct edge *find_call(const struct program *program, const char *name)
{
    for (size_t i = 0; i < program->edges.count; i++)
        if (strcmp(name_of_call(program, &program->edges.items[i]), name) == 0)
            return &program->edges.items[i];
    return NULL;
}

static struct finding *tell(struct program *program, const struct function *function, const char *code, struct place at,
                            const char *message)
{
    struct finding *finding = add_finding(&program->findings, code, at, message);
    if (finding != NULL) {
        finding->function = function->name;
        finding->allow = function->allow;
    }
    return finding;
}

/* Somebody writes a field of that name. */
static bool sets_field(const struct program *program, const char *field)
{
    int32_t name = intern(field);
    for (size_t i = 0; i < program->functions.count; i++) {
        const struct function *function = program->functions.items[i];
        for (size_t k = 0; k < function->ops.count; k++) {
            const struct op *op = &function->ops.items[k];
            if (op->kind != OP_STORE)
                continue;
            const struct op *address = setter_of(function, op->left);
            int64_t number = 1;
            bool nothing = constant_of(function, op->right, &number) && number == 0;
            if (address != NULL && address->kind == OP_FIELD && address->name == name && !nothing)
                return true;
        }
    }
    return false;
}

static void check_lane_budgets(struct program *program)
{
    if (find_call(program, "fa_budget_set_lane") != NULL || sets_field(program, "frame_cap"))
        return;
    for (size_t i = 0; i < program->functions.count; i++) {
        const struct function *function = program->functions.items[i];
        uint32_t facts = program->facts[i];
        if ((facts & FACT_THREAD) && (facts & FACT_ALLOCATES) && (function->flags & FUNCTION_BODY))
            tell(program, function, "FA203", function->at, "a thread allocates, and its lane has no budget");
    }
}

/* The number that a field of a configuration gets in the function that passes it on; -1 if that is not plain. */
static int64_t field_number(const struct function *function, const char *field)
{
    int32_t name = intern(field);
    int64_t number, found = -1;
    for (size_t i = 0; i < function->ops.count; i++) {
        const struct op *op = &function->ops.items[i];
        const struct op *address = op->kind == OP_STORE ? setter_of(function, op->left) : NULL;
        if (address != NULL && address->kind == OP_FIELD && address->name == name)
            found = constant_of(function, op->right, &number) ? number : -1;
    }
    return found;
}

static const struct op *ignored_release(const struct program *program, const struct function **caller)
{
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (strcmp(name_of_call(program, edge), "fa_release") != 0 || edge->op->detail != OP_DELETES)
            continue;
        *caller = program->functions.items[edge->caller];
        return edge->op;
    }
    return NULL;
}

enum { MODE_EXPLICIT = 4, MODE_NEVER = 5, QUEUE_FAIL = 3 };

static void check_queue(struct program *program, const struct edge *edge)
{
    const struct function *function = program->functions.items[edge->caller], *releaser;
    int64_t mode = field_number(function, "mode"), capacity = field_number(function, "capacity");
    int64_t policy = field_number(function, "full_policy");
    bool processed = find_call(program, "fa_deferred_process") != NULL;
    if (mode == MODE_NEVER)
        tell(program, function, "FA204", edge->op->at, "blocks that other threads release are never taken in");
    else if (mode == MODE_EXPLICIT && !processed)
        tell(program, function, "FA204", edge->op->at,
             "blocks that other threads release wait for fa_deferred_process(), which nobody calls");
    if (capacity <= 0 || policy != QUEUE_FAIL)
        return;
    const struct op *release_call = ignored_release(program, &releaser);
    if (release_call != NULL) {
        struct finding *finding = tell(program, releaser, "FA204", release_call->at,
                                       "the block leaks when the queue of its owner is full: the status is ignored");
        add_note(finding, edge->op->at, "the queue is bounded here, with FA_QUEUE_FAIL");
    }
}

static bool in_loop_calls(const struct program *program, size_t caller, uint32_t facts)
{
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (edge->caller != (int32_t)caller || edge->block->loop < 0)
            continue;
        const struct model *model = model_of_call(program, edge->op);
        if ((facts & FACT_WAITS) && model != NULL && starts_with(model->name, "fa_barrier_wait"))
            return true;
        if (edge->function >= 0 && (program->facts[edge->function] & facts))
            return true;
    }
    return false;
}

static const struct edge *end_in_loop(const struct program *program, size_t caller)
{
    for (size_t i = 0; i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        const struct model *model = model_of_call(program, edge->op);
        bool ends = model != NULL && (model->effect == DOES_FRAME_END || model->effect == DOES_FRAME_END_PROMOTING);
        if (edge->caller != (int32_t)caller || edge->block->loop < 0)
            continue;
        if (ends || (edge->function >= 0 && (program->facts[edge->function] & FACT_ENDS_FRAME) &&
                     (program->functions.items[edge->function]->flags & FUNCTION_BODY)))
            return edge;
    }
    return NULL;
}

static bool runs_thread(const struct program *program, size_t index)
{
    return (program->facts[index] & FACT_THREAD) || (program->functions.items[index]->flags & FUNCTION_MAIN);
}

static void check_steps(struct program *program)
{
    bool others_wait = false;
    for (size_t i = 0; i < program->functions.count; i++)
        others_wait |= runs_thread(program, i) && (program->facts[i] & FACT_WAITS) &&
                       in_loop_calls(program, i, FACT_WAITS) && end_in_loop(program, i) != NULL;
    if (!others_wait)
        return;
    for (size_t i = 0; i < program->functions.count; i++) {
        const struct edge *end = runs_thread(program, i) ? end_in_loop(program, i) : NULL;
        if (end == NULL || (program->facts[i] & (FACT_WAITS | FACT_SYNCS)))
            continue;
        tell(program, program->functions.items[i], "FA205", end->op->at,
             "this thread ends frames without the barrier that the others wait at");
    }
}

void check_threads(struct program *program)
{
    check_lane_budgets(program);
    check_steps(program);
    for (size_t i = 0; i < program->edges.count; i++)
        if (strcmp(name_of_call(program, &program->edges.items[i]), "fa_deferred_configure") == 0)
            check_queue(program, &program->edges.items[i]);
}

/* FA312 stands beside FA203: both ask whether a program limits its memory at all. */
void check_budgets(struct program *program)
{
    bool limited = find_call(program, "fa_budget_set_global") != NULL ||
                   find_call(program, "fa_budget_set_tag") != NULL || sets_field(program, "memory_limit");
    for (size_t i = 0; !limited && i < program->edges.count; i++) {
        const struct edge *edge = &program->edges.items[i];
        if (strcmp(name_of_call(program, edge), "fa_allocator_create") == 0)
            tell(program, program->functions.items[edge->caller], "FA312", edge->op->at,
                 "the allocator has no limit of any kind");
    }
}
