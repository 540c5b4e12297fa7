/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Addresses of a frame that ends, found in blocks that live on. What only looks like an address is found, too. */
#include "debug/debug.h"
#include "debug/record.h"
#include "debug/report.h"

/* What was found in one block. */
typedef struct fa_escape {
    fa_debug_record holder;
    fa_debug_record target; /* state 0 if no block of the frame is known there */
    size_t offset;
    uintptr_t address;
} fa_escape;

static bool lies_in(const fa_debug_range *ranges, size_t count, uintptr_t address)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++)
        found = address - ranges[i].base < ranges[i].bytes;
    return found;
}

/* Others may be writing the block: then either value will do. */
FA_UNSANITIZED static bool look_into(const fa_debug_record *record, const fa_debug_range *ranges, size_t count, fa_escape *out)
{
    const volatile uintptr_t *words = (const volatile uintptr_t *)(const void *)record->block;
    if ((uintptr_t)record->block % sizeof *words != 0)
        return false;
    for (size_t i = 0; i < record->size / sizeof *words; i++) {
        uintptr_t word = words[i];
        if (lies_in(ranges, count, word)) {
            out->address = word;
            out->offset = i * sizeof *words;
            return true;
        }
    }
    return false;
}

/* The next block that was not reported. A block cannot go while the lock is held. */
static bool find(fa_debug_shared *shared, const fa_debug_range *ranges, size_t count, fa_escape *out)
{
    bool found = false;
    fa_mutex_lock(&shared->lock);
    for (fa_debug_record *record = NULL; !found && (record = fa_record_next(shared, record)) != NULL;) {
        if (record->state != FA_DEBUG_LIVE || record->escaped || !look_into(record, ranges, count, out))
            continue;
        found = record->escaped = true;
        out->holder = *record;
        const fa_debug_record *target = fa_record_around(shared, (const void *)out->address);
        out->target = target == NULL ? (fa_debug_record){0} : *target;
    }
    fa_mutex_unlock(&shared->lock);
    return found;
}

static void report(fa_allocator *a, const fa_escape *escape)
{
    fa_note note = {0};
    fa_note_add(&note, "the word at offset %zu of ", escape->offset);
    fa_note_block(a, &note, &escape->holder);
    fa_note_add(&note, " is %p, which goes with its frame", (void *)escape->address);
    if (escape->target.state == FA_DEBUG_FRAMED) {
        fa_note_add(&note, ": ");
        fa_note_block(a, &note, &escape->target);
        fa_note_moment(a, &note, "allocated", &escape->target.taken);
    }
    fa_note_moment(a, &note, "the block that keeps it was allocated", &escape->holder.taken);
    fa_note_emit(a, FA_CODE_FRAME_ESCAPED, FA_OK, &note);
}

void fa_debug_look_for_escapes(fa_allocator *a, const fa_debug_range *ranges, size_t count)
{
    enum { AT_ONCE = 8 };
    fa_escape escape;
    for (unsigned i = 0; i < AT_ONCE && find(&a->debug, ranges, count, &escape); i++)
        report(a, &escape);
}
