/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/record.h"

#include "base/bits.h"
#include "debug/memory.h"

#include <string.h>

enum { FIRST_BITS = 10, MOST_BITS = 24 };

/* Knuth's multiplicative hash. */
static size_t bucket_of(const fa_debug_shared *shared, const void *block)
{
    return (size_t)(((uint64_t)(uintptr_t)block >> 3) * 0x9e3779b97f4a7c15u >> (64 - shared->bucket_bits));
}

static size_t bucket_count(const fa_debug_shared *shared)
{
    return shared->buckets == NULL ? 0 : (size_t)1 << shared->bucket_bits;
}

static bool is_block(const fa_debug_record *record)
{
    return record->state != FA_DEBUG_CHUNK;
}

fa_debug_record *fa_record_at(const fa_debug_shared *shared, const void *block)
{
    if (shared->buckets == NULL)
        return NULL;
    fa_debug_record *record = shared->buckets[bucket_of(shared, block)];
    while (record != NULL && record->block != block)
        record = record->next;
    return record;
}

static bool covers(const fa_debug_record *record, uintptr_t address)
{
    uintptr_t end = (uintptr_t)record->block + record->size + record->behind;
    return is_block(record) && address >= (uintptr_t)record->base && address < end;
}

fa_debug_record *fa_record_around(const fa_debug_shared *shared, const void *address)
{
    fa_debug_record *newest = NULL;
    for (fa_debug_record *record = NULL; (record = fa_record_next(shared, record)) != NULL;) {
        if (covers(record, (uintptr_t)address) && (newest == NULL || record->serial > newest->serial))
            newest = record;
    }
    return newest;
}

static fa_debug_record *first_from(const fa_debug_shared *shared, size_t bucket)
{
    for (; bucket < bucket_count(shared); bucket++) {
        if (shared->buckets[bucket] != NULL)
            return shared->buckets[bucket];
    }
    return NULL;
}

fa_debug_record *fa_record_next(const fa_debug_shared *shared, const fa_debug_record *record)
{
    if (record == NULL)
        return first_from(shared, 0);
    return record->next != NULL ? record->next : first_from(shared, bucket_of(shared, record->block) + 1);
}

/* The old buckets stay behind in memory that is not given back: a third of all buckets at most. */
static bool grow(fa_debug_shared *shared)
{
    fa_debug_shared old = {.buckets = shared->buckets, .bucket_bits = shared->bucket_bits};
    unsigned bits = old.buckets == NULL ? FIRST_BITS : old.bucket_bits + 2;
    fa_debug_record **buckets = fa_debug_memory_take(shared, sizeof *buckets << bits);
    if (buckets == NULL)
        return old.buckets != NULL;
    shared->buckets = buckets;
    shared->bucket_bits = bits;
    for (size_t i = 0; i < bucket_count(&old); i++) {
        while (old.buckets[i] != NULL) {
            fa_debug_record *record = old.buckets[i];
            old.buckets[i] = record->next;
            size_t bucket = bucket_of(shared, record->block);
            record->next = buckets[bucket];
            buckets[bucket] = record;
        }
    }
    return true;
}

fa_debug_record *fa_record_make(fa_debug_shared *shared)
{
    bool crowded = fa_peek(shared->known) >= 2 * bucket_count(shared) && shared->bucket_bits < MOST_BITS;
    if (crowded && !grow(shared))
        return NULL;
    fa_debug_record *record = shared->unused;
    if (record != NULL)
        shared->unused = record->next;
    else
        record = fa_debug_memory_take(shared, sizeof *record);
    if (record == NULL)
        return NULL;
    memset(record, 0, sizeof *record);
    fa_list_init(&record->link);
    return record;
}

void fa_record_discard(fa_debug_shared *shared, fa_debug_record *record)
{
    record->next = shared->unused;
    shared->unused = record;
}

void fa_record_enter(fa_debug_shared *shared, fa_debug_record *record)
{
    fa_debug_record *before = fa_record_at(shared, record->block);
    if (before != NULL)
        fa_record_remove(shared, before);
    size_t bucket = bucket_of(shared, record->block);
    record->next = shared->buckets[bucket];
    shared->buckets[bucket] = record;
    fa_poke(shared->known, fa_peek(shared->known) + 1);
}

void fa_record_remove(fa_debug_shared *shared, fa_debug_record *record)
{
    fa_debug_record **place = &shared->buckets[bucket_of(shared, record->block)];
    while (*place != record)
        place = &(*place)->next;
    *place = record->next;
    fa_poke(shared->known, fa_peek(shared->known) - 1);
    fa_list_remove(&record->link);
    shared->grave_count -= record->state == FA_DEBUG_GRAVE;
    fa_record_discard(shared, record);
}

void fa_record_bury(fa_debug_shared *shared, fa_debug_record *record)
{
    record->state = FA_DEBUG_GRAVE;
    fa_list_append(&shared->graves, &record->link);
    if (++shared->grave_count > FA_DEBUG_GRAVES_MAX)
        fa_record_remove(shared, fa_container_of(shared->graves.next, fa_debug_record, link));
}

fa_debug_record *fa_record_of_chunk(fa_debug_shared *shared, void *chunk)
{
    fa_debug_record *record = fa_record_at(shared, chunk);
    if (record != NULL)
        return record;
    record = fa_record_make(shared);
    if (record == NULL)
        return NULL;
    record->block = chunk;
    record->state = FA_DEBUG_CHUNK;
    fa_record_enter(shared, record);
    return record;
}
