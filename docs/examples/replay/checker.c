/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "checker.h"

#include "message.h"

#include <string.h>

#define RINGS (FA_FRAMES_AHEAD_MAX + 1)

/* Neighbouring words and neighbouring objects all differ. */
static uint64_t pattern(uint32_t object, size_t word)
{
    return ((uint64_t)object + 1) * 0x9e3779b97f4a7c15u + word * 0xff51afd7ed558ccdu;
}

static void fill(const struct checked_block *block)
{
    size_t words = block->size / 8;
    for (size_t i = 0; i < words; i++) {
        uint64_t value = pattern(block->object, i);
        memcpy(block->address + i * 8, &value, 8);
    }
    uint64_t last = pattern(block->object, words);
    memcpy(block->address + words * 8, &last, block->size % 8);
}

static size_t first_difference(const unsigned char *bytes, const unsigned char *expected, size_t size)
{
    size_t at = 0;
    while (at < size && bytes[at] == expected[at])
        at++;
    return at;
}

static void check(struct checker *checker, const struct checked_block *block, const char *when)
{
    for (size_t at = 0; at < block->size; at += 8) {
        uint64_t value = pattern(block->object, at / 8);
        unsigned char expected[8];
        memcpy(expected, &value, 8);
        size_t size = block->size - at < 8 ? block->size - at : 8;
        size_t same = first_difference(block->address + at, expected, size);
        if (same != size)
            fail("%s: %s: object %u (%u bytes, made in frame %u) changed at byte %zu, seen %s in frame %u",
                 checker->trace, checker->allocator, block->object, block->size, block->born, at + same, when,
                 checker->frame);
    }
    checker->checked++;
}

static void check_zeros(const struct checker *checker, const struct checked_block *block)
{
    for (size_t i = 0; i < block->size; i++)
        if (block->address[i] != 0)
            fail("%s: %s: object %u (%u bytes) was asked for zeroed; byte %zu is not zero in frame %u",
                 checker->trace, checker->allocator, block->object, block->size, i, checker->frame);
}

static void keep(struct checker *checker, const struct checked_block *block, const struct op *op)
{
    uint32_t ahead = op_kind(op) == OP_AHEAD || op_kind(op) == OP_AHEAD_SPECIAL ? op_slot(op) : 0;
    if (op_kind(op) >= OP_BLOCK)
        checker->slots[op_slot(op)] = *block;
    else
        bulk_append(&checker->rings[(checker->frame + ahead) % RINGS], block, sizeof *block);
}

void checker_made(struct checker *checker, void *address, const struct op *op, uint32_t object)
{
    struct checked_block block = {address, op->size, object, checker->frame};
    if ((uintptr_t)address % op_align(op) != 0)
        fail("%s: %s: object %u (%u bytes) is not aligned to %zu bytes in frame %u", checker->trace,
             checker->allocator, object, op->size, op_align(op), checker->frame);
    if (op_zeroed(op))
        check_zeros(checker, &block);
    fill(&block);
    keep(checker, &block, op);
}

void checker_released(struct checker *checker, uint32_t slot)
{
    check(checker, &checker->slots[slot], "at its release");
}

void checker_frame_ends(struct checker *checker)
{
    struct bulk *ring = &checker->rings[checker->frame % RINGS];
    const struct checked_block *blocks = (const struct checked_block *)(const void *)ring->bytes;
    for (size_t i = 0; i < ring->size / sizeof *blocks; i++)
        check(checker, &blocks[i], "before the end of its frame");
    ring->size = 0;
}

void checker_frame_over(struct checker *checker)
{
    checker->frame++;
}

void checker_recording_ends(struct checker *checker)
{
    for (uint32_t i = 0; i < RINGS; i++) {
        checker_frame_ends(checker);
        checker_frame_over(checker);
    }
}

void checker_open(struct checker *checker, const struct program *program, const char *allocator)
{
    *checker = (struct checker){.trace = program->name, .allocator = allocator};
    checker->slots = bulk_array(program->slots, sizeof *checker->slots);
}

void checker_close(struct checker *checker, const struct program *program)
{
    bulk_array_free(checker->slots, program->slots, sizeof *checker->slots);
    for (uint32_t i = 0; i < RINGS; i++)
        bulk_free(&checker->rings[i]);
}
