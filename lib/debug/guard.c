/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/guard.h"

#include "base/track.h"
#include "debug/debug.h"

#include <string.h>

/* In front and behind differ, and neither is a likely value of a program. */
enum { FRONT = 0xFB, BEHIND = 0xFE };

/* Alignments may put the block far from the start of its memory: what is nearest is guarded. */
enum { FRONT_MAX = 64, LEAST = 16 };

static size_t front_of(const fa_debug_record *record)
{
    return fa_min((size_t)(record->block - record->base), FRONT_MAX);
}

fa_debug_layout fa_debug_lay_out(size_t size, size_t align, size_t room)
{
    size_t front = fa_max(align, LEAST);
    size_t behind = fa_max(room, size) - size + LEAST;
    return (fa_debug_layout){front, behind, front + size + behind};
}

void fa_guards_write(const fa_debug_record *record)
{
    memset(record->block - front_of(record), FRONT, front_of(record));
    memset(record->block + record->size, BEHIND, record->behind);
}

/* Counts bytes that differ; first receives the index of the first, or stays. */
static size_t differ(const unsigned char *bytes, size_t count, unsigned char expected, size_t *first)
{
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == expected)
            continue;
        if (different++ == 0)
            *first = i;
    }
    return different;
}

static fa_damage look_behind(const fa_debug_record *record)
{
    fa_damage damage = {FA_DAMAGE_OVERFLOW, 0, 0};
    damage.bytes = differ(record->block + record->size, record->behind, BEHIND, &damage.offset);
    return damage;
}

static fa_damage look_before(const fa_debug_record *record)
{
    fa_damage damage = {FA_DAMAGE_UNDERFLOW, 0, 0};
    size_t front = front_of(record);
    const unsigned char *last = record->block - 1;
    for (size_t i = 0; i < front; i++) {
        if (last[-(ptrdiff_t)i] == FRONT)
            continue;
        if (damage.bytes++ == 0)
            damage.offset = i + 1;
    }
    return damage;
}

static fa_damage look_into(const fa_debug_record *record)
{
    fa_damage damage = {FA_DAMAGE_LATE, 0, 0};
    damage.bytes = differ(record->block, record->size, FA_FREED_PATTERN, &damage.offset);
    return damage;
}

static fa_damage look(const fa_debug_record *record)
{
    fa_damage damage = {FA_DAMAGE_NONE, 0, 0};
    if (record->state == FA_DEBUG_KEPT && record->poisoned)
        damage = look_into(record);
    if (damage.bytes == 0 && record->guarded)
        damage = look_behind(record);
    if (damage.bytes == 0 && record->guarded)
        damage = look_before(record);
    if (damage.bytes == 0)
        damage.kind = FA_DAMAGE_NONE;
    return damage;
}

static void for_surroundings(const fa_debug_record *record, void (*tell)(const void *memory, size_t size))
{
    size_t front = (size_t)(record->block - record->base);
    tell(record->base, front);
    tell(record->block + record->size, record->behind);
    if (record->state == FA_DEBUG_KEPT)
        tell(record->block, record->size);
}

/* What a tool keeps closed is open while the library looks at it. */
fa_damage fa_guards_look(const fa_debug_record *record)
{
    if (record->tracked)
        for_surroundings(record, fa_track_open);
    fa_damage damage = look(record);
    if (record->tracked)
        for_surroundings(record, fa_track_close);
    return damage;
}

void fa_guards_close(const fa_debug_record *record)
{
    for_surroundings(record, fa_track_close);
}

size_t fa_guards_span(const fa_debug_record *record)
{
    return (size_t)(record->block - record->base) + record->size + record->behind;
}
