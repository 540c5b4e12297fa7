/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ids of handles. Places lie in segments that double in size and stay, so that they are found without a lock. */
#include "store/handle.h"

#include <stdlib.h>

enum { FIRST_BITS = 8 };

/* Which segment a number is in, and where. */
static unsigned segment_of(uint32_t number, uint32_t *at)
{
    uint32_t shifted = number + (1u << FIRST_BITS);
    unsigned segment = fa_bit_width(shifted) - 1 - FIRST_BITS;
    *at = shifted - (1u << (segment + FIRST_BITS));
    return segment;
}

fa_handle_place *fa_handle_place_at(fa_allocator *a, uint32_t number)
{
    uint32_t at;
    unsigned segment = segment_of(number, &at);
    fa_handle_place *places = atomic_load_explicit(&a->store.handles.segments[segment], memory_order_acquire);
    return places == NULL ? NULL : &places[at];
}

fa_handle fa_handle_id(fa_allocator *a, const fa_handle_place *place)
{
    uint32_t generation = (uint32_t)(fa_peek(place->word) >> 32);
    return (uint64_t)(generation ^ fa_allocator_salt(a)) << 32 | (place->number + 1);
}

fa_handle_place *fa_handle_find(fa_allocator *a, fa_handle handle)
{
    uint32_t number = (uint32_t)handle - 1;
    if (number >= FA_HANDLE_PLACES)
        return NULL;
    fa_handle_place *place = fa_handle_place_at(a, number);
    if (place == NULL)
        return NULL;
    uint64_t word = atomic_load_explicit(&place->word, memory_order_acquire);
    uint32_t generation = (uint32_t)(handle >> 32) ^ fa_allocator_salt(a);
    return word >> 32 == generation && (word & FA_HANDLE_LIVE) != 0 ? place : NULL;
}

static fa_handle_place *fresh_place(fa_allocator *a, fa_status *status)
{
    fa_handle_shared *shared = &a->store.handles;
    uint32_t number = shared->places;
    uint32_t at;
    unsigned segment = segment_of(number, &at);
    *status = FA_ERROR_FULL;
    if (number == FA_HANDLE_PLACES)
        return NULL;
    fa_handle_place *places = fa_peek(shared->segments[segment]);
    *status = FA_ERROR_OUT_OF_MEMORY;
    if (places == NULL) {
        places = calloc((size_t)1 << (segment + FIRST_BITS), sizeof *places);
        if (places == NULL)
            return NULL;
        atomic_store_explicit(&shared->segments[segment], places, memory_order_release);
    }
    shared->places++;
    places[at].number = number;
    fa_poke(places[at].word, (uint64_t)1 << 32);
    return &places[at];
}

fa_status fa_handle_place_take(fa_allocator *a, fa_handle_place **out)
{
    fa_handle_shared *shared = &a->store.handles;
    fa_status status = FA_OK;
    if (shared->first_free == 0) {
        *out = fresh_place(a, &status);
        return *out == NULL ? status : FA_OK;
    }
    *out = fa_handle_place_at(a, shared->first_free - 1);
    shared->first_free = (*out)->next_free;
    return FA_OK;
}

void fa_handle_place_put(fa_allocator *a, fa_handle_place *place)
{
    place->next_free = a->store.handles.first_free;
    a->store.handles.first_free = place->number + 1;
}

void fa_handle_place_open(fa_handle_place *place, void *address)
{
    atomic_store_explicit(&place->address, address, memory_order_relaxed);
    atomic_store_explicit(&place->moves, 0, memory_order_relaxed);
    atomic_store_explicit(&place->word, fa_peek(place->word) | FA_HANDLE_LIVE, memory_order_release);
}

/* A place whose generations are used up retires. */
void fa_handle_place_close(fa_allocator *a, fa_handle_place *place)
{
    fa_handle_shared *shared = &a->store.handles;
    uint64_t generation = fa_peek(place->word) >> 32;
    if (generation == FA_LAST_GENERATION) {
        shared->stats.retired++;
        return;
    }
    fa_poke(place->word, (generation + 1) << 32);
    fa_handle_place_put(a, place);
}

void fa_handle_table_dispose(fa_allocator *a)
{
    for (unsigned i = 0; i < FA_HANDLE_SEGMENTS; i++)
        free(fa_peek(a->store.handles.segments[i]));
}
