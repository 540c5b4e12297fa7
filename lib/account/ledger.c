/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "account/ledger.h"

#include "account/charge.h"

#include <stdlib.h>

enum { FIRST_SLICES = 16 };

FA_NOINLINE bool fa_ledger_grow(fa_ledger *ledger, uint32_t changes)
{
    uint32_t capacity = ledger->capacity == 0 ? FIRST_SLICES : ledger->capacity;
    while (capacity - ledger->used < changes)
        capacity *= 2;
    fa_slice *slices = realloc(ledger->slices, capacity * sizeof *slices);
    if (slices == NULL)
        return false;
    ledger->slices = slices;
    ledger->capacity = capacity;
    return true;
}

static fa_arena_figures *figures_of(fa_tag_node *tag, fa_ledger_kind kind)
{
    return kind == FA_LEDGER_OF_FRAMES ? &tag->frame : &tag->scratch;
}

static void gain(fa_tag_node *tag, fa_ledger_kind kind, uint64_t bytes, uint64_t count, uint64_t *granted)
{
    if (tag == NULL)
        return;
    fa_arena_figures *figures = figures_of(tag, kind);
    uint64_t before = atomic_fetch_add_explicit(&figures->live_bytes, bytes, memory_order_relaxed);
    fa_counter_raise_shared(&figures->peak_bytes, before + bytes);
    fa_counter_add_shared(&figures->total_bytes, bytes);
    fa_counter_add_shared(&figures->allocations, count);
    uint64_t charged = granted == NULL ? 0 : bytes < *granted ? bytes : *granted;
    if (granted != NULL)
        *granted -= charged;
    if (bytes != charged)
        fa_charge_force(tag, bytes - charged);
}

static void lose(fa_tag_node *tag, fa_ledger_kind kind, uint64_t bytes, uint64_t count)
{
    if (tag == NULL)
        return;
    fa_arena_figures *figures = figures_of(tag, kind);
    atomic_fetch_sub_explicit(&figures->live_bytes, bytes, memory_order_relaxed);
    fa_counter_add_shared(&figures->frees, count);
    if (bytes != 0)
        fa_charge_return(tag, bytes);
}

/* Room was reserved when the tag became current. */
static void grow(fa_ledger *ledger, fa_tag_node *tag, uint64_t bytes, uint64_t count)
{
    if (ledger->used == 0 || ledger->slices[ledger->used - 1].tag != tag)
        ledger->slices[ledger->used++] = (fa_slice){tag, 0, 0};
    ledger->slices[ledger->used - 1].bytes += bytes;
    ledger->slices[ledger->used - 1].count += count;
}

static void cut(fa_ledger *ledger, fa_ledger_kind kind, uint64_t bytes, uint64_t count)
{
    fa_slice *last = &ledger->slices[ledger->used - 1];
    lose(last->tag, kind, bytes, count);
    last->bytes -= bytes;
    last->count -= count;
    ledger->bytes -= bytes;
    ledger->count -= count;
    ledger->used -= last->bytes == 0 && last->count == 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A slice that goes whole takes its blocks along. */
static void shrink(fa_ledger *ledger, fa_ledger_kind kind, uint64_t bytes, uint64_t count)
{
    while (ledger->bytes > bytes) {
        const fa_slice *last = &ledger->slices[ledger->used - 1];
        uint64_t surplus = ledger->count > count ? ledger->count - count : 0;
        bool whole = last->bytes <= ledger->bytes - bytes;
        cut(ledger, kind, whole ? last->bytes : ledger->bytes - bytes, whole ? last->count : least(last->count, surplus));
    }
    while (ledger->count > count) {
        const fa_slice *last = &ledger->slices[ledger->used - 1];
        if (last->count == 0)
            break;
        cut(ledger, kind, 0, least(last->count, ledger->count - count));
    }
}

void fa_ledger_settle(fa_ledger *ledger, fa_ledger_kind kind, fa_tag_node *tag, uint64_t bytes, uint64_t count,
                      uint64_t *granted)
{
    if (bytes < ledger->bytes || count < ledger->count)
        shrink(ledger, kind, bytes, count);
    if (bytes == ledger->bytes && count <= ledger->count)
        return;
    uint64_t more = count > ledger->count ? count - ledger->count : 0;
    /* A window that closes tells how many blocks lie in the bytes it had borrowed. */
    if (bytes == ledger->bytes && ledger->used != 0)
        tag = ledger->slices[ledger->used - 1].tag;
    gain(tag, kind, bytes - ledger->bytes, more, granted);
    grow(ledger, tag, bytes - ledger->bytes, more);
    ledger->bytes = bytes;
    ledger->count += more;
}

void fa_ledger_clear(fa_ledger *ledger, fa_ledger_kind kind)
{
    while (ledger->used > 0) {
        const fa_slice *last = &ledger->slices[ledger->used - 1];
        lose(last->tag, kind, last->bytes, last->count);
        ledger->used--;
    }
    ledger->bytes = 0;
    ledger->count = 0;
}

void fa_ledger_move(fa_ledger *to, fa_ledger *from)
{
    fa_ledger empty = *to;
    *to = *from;
    *from = empty;
}

void fa_ledger_dispose(fa_ledger *ledger)
{
    free(ledger->slices);
    *ledger = (fa_ledger){0};
}
