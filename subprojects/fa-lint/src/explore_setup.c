/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is found out about a function before its paths are walked: live locals, and registers that cross blocks. */
#include "explore_parts.h"

#include <string.h>

static void mention(const struct function *function, const struct block *block, uint8_t *live)
{
    for (int32_t i = block->last; i-- > block->first;) {
        const struct op *op = &function->ops.items[i];
        if (op->kind == OP_LOCAL)
            live[op->left] = 1;
        else if (op->kind == OP_DECLARE)
            live[op->left] = 0;
    }
}

static bool flow_back(struct exploration *ex, size_t index)
{
    const struct block *block = &ex->function->blocks.items[index];
    size_t count = ex->function->locals.count;
    uint8_t *live = take(count);
    for (size_t i = 0; i < count; i++)
        live[i] = (block->next >= 0 && ex->live[block->next][i]) ||
                  (block->end == END_BRANCH && ex->live[block->otherwise][i]);
    if (block->end == END_RETURN && ex->function->result_local >= 0)
        live[ex->function->result_local] = 1;
    mention(ex->function, block, live);
    bool changed = memcmp(live, ex->live[index], count) != 0;
    memcpy(ex->live[index], live, count);
    release(live);
    return changed;
}

void find_live(struct exploration *ex)
{
    size_t blocks = ex->function->blocks.count;
    ex->live = take(blocks * sizeof *ex->live);
    for (size_t i = 0; i < blocks; i++)
        ex->live[i] = take(ex->function->locals.count);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = blocks; i-- > 0;)
            changed |= flow_back(ex, i);
    }
}

static void cross(struct exploration *ex, int32_t reg, size_t block)
{
    if (reg < 0)
        return;
    ex->used[reg] = 1;
    if (reg < ex->first_register[block] || reg > ex->last_register[block])
        ex->crosses[reg] = 1;
}

void find_registers(struct exploration *ex)
{
    const struct function *function = ex->function;
    size_t blocks = function->blocks.count;
    ex->first_register = take(blocks * sizeof *ex->first_register);
    ex->last_register = take(blocks * sizeof *ex->last_register);
    ex->crosses = take((size_t)function->registers);
    ex->used = take((size_t)function->registers);
    for (size_t b = 0; b < blocks; b++) {
        const struct block *block = &function->blocks.items[b];
        ex->first_register[b] = 0;
        ex->last_register[b] = -1;
        for (int32_t i = block->first; i < block->last; i++) {
            int32_t reg = function->ops.items[i].result;
            if (reg >= 0 && ex->last_register[b] < 0)
                ex->first_register[b] = ex->last_register[b] = reg;
            if (reg > ex->last_register[b])
                ex->last_register[b] = reg;
            if (reg >= 0 && reg < ex->first_register[b])
                ex->first_register[b] = reg;
        }
    }
}

void find_crossing(struct exploration *ex)
{
    const struct function *function = ex->function;
    for (size_t b = 0; b < function->blocks.count; b++) {
        const struct block *block = &function->blocks.items[b];
        for (int32_t i = block->first; i < block->last; i++) {
            const struct op *op = &function->ops.items[i];
            if (op->kind != OP_LOCAL && op->kind != OP_DECLARE)
                cross(ex, op->left, b);
            cross(ex, op->right, b);
            for (int32_t k = 0; op->kind == OP_CALL && k < op->count; k++)
                cross(ex, function->args.items[op->first + k], b);
        }
        if (block->end == END_BRANCH)
            cross(ex, block->condition, b);
    }
}
