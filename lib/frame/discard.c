/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/discard.h"

#include <framealloc/event.h>

#include <stdlib.h>
#include <string.h>

void fa_discard_start(fa_discard *d)
{
    memset(d, 0, sizeof *d);
    d->capacity = FA_DISCARD_FEW;
}

static fa_range *ranges_of(fa_discard *d)
{
    return d->many != NULL ? d->many : d->few;
}

static bool make_room(fa_discard *d)
{
    if (d->count < d->capacity)
        return true;
    fa_range *more = realloc(d->many, 2 * d->capacity * sizeof *more);
    if (more == NULL)
        return false;
    if (d->many == NULL)
        memcpy(more, d->few, sizeof d->few);
    d->many = more;
    d->capacity *= 2;
    return true;
}

void fa_discard_add(fa_discard *d, const void *start, size_t bytes)
{
    if (bytes == 0)
        return;
    if (make_room(d))
        ranges_of(d)[d->count++] = (fa_range){start, bytes};
    else
        d->left_out++;
}

static uint64_t bytes_at(const fa_arena_mark *mark)
{
    return mark->chunk == NULL ? 0 : mark->spilled + (mark->cursor - fa_chunk_payload(mark->chunk));
}

void fa_discard_add_arena(fa_discard *d, const fa_arena *arena, const fa_arena_mark *mark)
{
    uintptr_t end = fa_peek(arena->cursor);
    const fa_chunk *chunk = arena->chunk;
    while (chunk != NULL && chunk != mark->chunk) {
        uintptr_t start = fa_chunk_payload(chunk);
        fa_discard_add(d, (const void *)start, end - start);
        chunk = chunk == arena->chunk ? arena->previous : chunk->older;
        end = chunk == NULL ? 0 : fa_chunk_end(chunk);
    }
    if (chunk != NULL)
        fa_discard_add(d, (const void *)mark->cursor, end - mark->cursor);
    d->bytes += fa_arena_used(arena) - bytes_at(mark);
    d->blocks += fa_arena_live(arena) - mark->live;
}

void fa_discard_add_chunks(fa_discard *d, const fa_chunk *newest)
{
    for (; newest != NULL; newest = newest->older) {
        uintptr_t start = fa_chunk_payload(newest);
        fa_discard_add(d, (const void *)start, fa_chunk_end(newest) - start);
    }
}

void fa_discard_tell(fa_discard *d, fa_allocator *a, fa_happening event)
{
    event.kind = FA_EVENT_DISCARD;
    event.bytes = d->bytes;
    event.count = d->blocks;
    event.ranges = ranges_of(d);
    event.range_count = d->count;
    event.ranges_left_out = d->left_out;
    if (d->count != 0 || d->left_out != 0)
        fa_tell(a, &event);
    free(d->many);
    d->many = NULL;
}
