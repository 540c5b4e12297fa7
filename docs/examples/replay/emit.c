/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "emit.h"

#include "message.h"

#define ALIGN_LOG2_DEFAULT 4

static void append(struct emitter *emitter, struct op op, uint32_t object)
{
    bulk_append(&emitter->program->ops, &op, sizeof op);
    bulk_append(&emitter->program->objects, &object, sizeof object);
}

static struct op make_op(enum kind kind, uint32_t slot, uint32_t size, uint32_t align_log2, uint32_t zeroed)
{
    return (struct op){size, (uint32_t)kind | zeroed << 4 | align_log2 << 5 | slot << 10};
}

static uint32_t take_slot(struct emitter *emitter)
{
    struct bulk *stack = &emitter->free_slots;
    if (stack->size != 0) {
        stack->size -= sizeof(uint32_t);
        return *(uint32_t *)(void *)(stack->bytes + stack->size);
    }
    if (emitter->program->slots == OP_SLOTS)
        fail("%s: more than %u blocks live at once", emitter->trace->name, OP_SLOTS);
    return emitter->program->slots++;
}

void emit(struct emitter *emitter, enum kind kind, uint32_t slot)
{
    append(emitter, make_op(kind, slot, 0, 0, 0), 0);
}

int is_aligned(const struct record *record)
{
    return record->align_log2 > ALIGN_LOG2_DEFAULT;
}

int is_special(const struct record *record)
{
    return record->zeroed || is_aligned(record);
}

void emit_allocation(struct emitter *emitter, enum kind kind, uint32_t slot, const struct record *record)
{
    uint32_t align = is_aligned(record) ? record->align_log2 : ALIGN_LOG2_DEFAULT;
    /* The first byte of every block is touched, so every block has one. */
    uint32_t size = record->size == 0 ? 1 : record->size;
    append(emitter, make_op(kind, slot, size, align, record->zeroed), record->object);
    emitter->program->blocks++;
}

void emit_block(struct emitter *emitter, const struct record *record)
{
    uint32_t slot = take_slot(emitter);
    emitter->slot_of_object[record->object] = slot;
    emit_allocation(emitter, is_special(record) ? OP_BLOCK_SPECIAL : OP_BLOCK, slot, record);
}

void emit_release(struct emitter *emitter, const struct record *record)
{
    uint32_t slot = emitter->slot_of_object[record->object];
    bulk_append(&emitter->free_slots, &slot, sizeof slot);
    append(emitter, make_op(OP_RELEASE, slot, 0, 0, 0), record->object);
}

void emitter_open(struct emitter *emitter, struct program *program, const struct trace *trace,
                  const struct lifetime *lifetimes)
{
    *program = (struct program){.name = trace->name, .lanes = trace->threads, .frames = trace->frames};
    *emitter = (struct emitter){.program = program, .trace = trace, .lifetimes = lifetimes};
    emitter->slot_of_object = bulk_array(trace->objects, sizeof(uint32_t));
}

static void note_leftovers(struct emitter *emitter)
{
    unsigned char *in_use = bulk_array(emitter->program->slots, 1);
    for (uint32_t i = 0; i < emitter->program->slots; i++)
        in_use[i] = 1;
    const uint32_t *unused = (const uint32_t *)(const void *)emitter->free_slots.bytes;
    for (size_t i = 0; i < emitter->free_slots.size / sizeof *unused; i++)
        in_use[unused[i]] = 0;
    for (uint32_t i = 0; i < emitter->program->slots; i++)
        if (in_use[i])
            bulk_append(&emitter->program->leftovers, &i, sizeof i);
    bulk_array_free(in_use, emitter->program->slots, 1);
}

void emitter_close(struct emitter *emitter)
{
    emit(emitter, OP_STOP, 0);
    note_leftovers(emitter);
    bulk_free(&emitter->free_slots);
    bulk_array_free(emitter->slot_of_object, emitter->trace->objects, sizeof(uint32_t));
}
