/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/report.h"

#include "account/tag.h"
#include "core/rooms.h"
#include "debug/debug.h"
#include "debug/record.h"
#include "debug/site.h"

#include <framealloc/block.h>
#include <framealloc/tag.h>

#include <stdarg.h>
#include <stdio.h>

void fa_note_add(fa_note *note, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(note->text + note->used, sizeof note->text - note->used, format, arguments);
    va_end(arguments);
    note->used = fa_min(note->used + (size_t)(bytes > 0 ? bytes : 0), sizeof note->text - 1);
}

const char *fa_debug_intent_word(int32_t intent)
{
    switch (intent) {
    case FA_INTENT_FRAME: return "frame";
    case FA_INTENT_POOL: return "pool";
    case FA_INTENT_HEAP: return "heap";
    default: return "scratch";
    }
}

void fa_note_block(fa_allocator *a, fa_note *note, const fa_debug_record *record)
{
    char tag[96] = "";
    if (fa_tag_node_of(a, record->tag) != NULL)
        (void)fa_tag_path(a, record->tag, tag, sizeof tag);
    fa_note_add(note, "%zu bytes at %p (%s", record->size, (void *)record->block, fa_debug_intent_word(record->intent));
    if (tag[0] != 0)
        fa_note_add(note, ", tag %s", tag);
    if (record->phase[0] != 0)
        fa_note_add(note, ", phase \"%s\"", record->phase);
    fa_note_add(note, ")");
}

void fa_note_moment(fa_allocator *a, fa_note *note, const char *what, const fa_debug_moment *moment)
{
    char site[192];
    fa_site_brief(a, moment->site, site, sizeof site);
    fa_note_add(note, "; %s%s%s (thread \"%s\"", what, site[0] != 0 ? " by " : "", site, moment->thread);
    if (moment->lane != 0)
        fa_note_add(note, ", lane %llu, frame %llu", (unsigned long long)moment->lane, (unsigned long long)moment->frame);
    fa_note_add(note, ")");
}

void fa_note_emit(fa_allocator *a, int32_t code, fa_status status, const fa_note *note)
{
    fa_emit(a, &(fa_report){code, status, note->text});
}

static int32_t code_of(fa_damage_kind kind)
{
    return kind == FA_DAMAGE_OVERFLOW    ? FA_CODE_OVERFLOW
           : kind == FA_DAMAGE_UNDERFLOW ? FA_CODE_UNDERFLOW
                                         : FA_CODE_LATE_WRITE;
}

static void describe_damage(fa_note *note, const fa_debug_record *record, const fa_damage *damage)
{
    const char *bytes = damage->bytes == 1 ? "byte" : "bytes";
    const char *are = damage->bytes == 1 ? "is" : "are";
    if (damage->kind == FA_DAMAGE_OVERFLOW)
        fa_note_add(note, ": %zu %s past its end %s overwritten, the first at offset %zu", damage->bytes, bytes, are,
                    record->size + damage->offset);
    else if (damage->kind == FA_DAMAGE_UNDERFLOW)
        fa_note_add(note, ": %zu %s before its start %s overwritten, the nearest at offset -%zu", damage->bytes, bytes, are,
                    damage->offset);
    else
        fa_note_add(note, ": %zu %s %s written after its release, the first at offset %zu", damage->bytes, bytes,
                    damage->bytes == 1 ? "was" : "were", damage->offset);
}

void fa_debug_report_damage(fa_allocator *a, const fa_debug_record *record, const fa_damage *damage, const char *found)
{
    fa_note note = {0};
    fa_note_block(a, &note, record);
    describe_damage(&note, record, damage);
    fa_note_add(&note, ", %s", found);
    fa_note_moment(a, &note, "allocated", &record->taken);
    if (damage->kind == FA_DAMAGE_LATE)
        fa_note_moment(a, &note, "released", &record->released);
    fa_note_emit(a, code_of(damage->kind), FA_OK, &note);
}

fa_status fa_debug_refuse_gone(fa_allocator *a, const fa_debug_record *record)
{
    fa_note note = {0};
    fa_note_block(a, &note, record);
    fa_note_moment(a, &note, "released before", &record->released);
    fa_note_moment(a, &note, "allocated", &record->taken);
    fa_note_emit(a, FA_CODE_DOUBLE_FREE, FA_ERROR_DOUBLE_FREE, &note);
    return fa_fail(FA_ERROR_DOUBLE_FREE);
}

bool fa_debug_refuse_interior(fa_allocator *a, const void *pointer)
{
    fa_mutex_lock(&a->debug.lock);
    const fa_debug_record *found = fa_record_around(&a->debug, pointer);
    fa_debug_record record = found == NULL ? (fa_debug_record){0} : *found;
    fa_mutex_unlock(&a->debug.lock);
    if (found == NULL || record.state == FA_DEBUG_FRAMED || record.state == FA_DEBUG_ENDED)
        return false;
    fa_note note = {0};
    ptrdiff_t offset = (const unsigned char *)pointer - record.block;
    fa_note_add(&note, "%p is %td bytes %s the start of a block: ", pointer, offset < 0 ? -offset : offset,
                offset < 0 ? "before" : "behind");
    fa_note_block(a, &note, &record);
    fa_note_moment(a, &note, "allocated", &record.taken);
    fa_note_emit(a, FA_CODE_INTERIOR_POINTER, FA_ERROR_INTERIOR_POINTER, &note);
    (void)fa_fail(FA_ERROR_INTERIOR_POINTER);
    return true;
}
