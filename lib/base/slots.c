/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/slots.h"

#include <stdlib.h>

struct fa_slot {
    void *value; /* NULL when free */
    uint32_t generation;
    uint32_t next_free;
};

static bool grow(fa_slots *table)
{
    uint32_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
    if (capacity <= table->capacity)
        return false;
    struct fa_slot *slots = realloc(table->slots, capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = capacity; i-- > table->capacity;) {
        slots[i] = (struct fa_slot){NULL, 1, table->first_free};
        table->first_free = i + 1;
    }
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

static struct fa_slot *find(const fa_slots *table, uint64_t id)
{
    uint32_t number = (uint32_t)id;
    if (number == 0 || number > table->capacity)
        return NULL;
    struct fa_slot *slot = &table->slots[number - 1];
    return slot->value != NULL && (slot->generation ^ table->salt) == (uint32_t)(id >> 32) ? slot : NULL;
}

static uint64_t id_of(const fa_slots *table, uint32_t number)
{
    return (uint64_t)(table->slots[number - 1].generation ^ table->salt) << 32 | number;
}

uint64_t fa_slots_insert(fa_slots *table, void *value)
{
    if (table->first_free == 0 && !grow(table))
        return 0;
    uint32_t number = table->first_free;
    struct fa_slot *slot = &table->slots[number - 1];
    table->first_free = slot->next_free;
    slot->value = value;
    return id_of(table, number);
}

void *fa_slots_get(const fa_slots *table, uint64_t id)
{
    struct fa_slot *slot = find(table, id);
    return slot == NULL ? NULL : slot->value;
}

void *fa_slots_remove(fa_slots *table, uint64_t id)
{
    struct fa_slot *slot = find(table, id);
    if (slot == NULL)
        return NULL;
    void *value = slot->value;
    slot->value = NULL;
    if (slot->generation != FA_LAST_GENERATION) {
        slot->generation++;
        slot->next_free = table->first_free;
        table->first_free = (uint32_t)id;
    }
    return value;
}

void *fa_slots_remove_any(fa_slots *table)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].value != NULL)
            return fa_slots_remove(table, id_of(table, i + 1));
    }
    return NULL;
}

void fa_slots_dispose(fa_slots *table)
{
    free(table->slots);
    *table = (fa_slots){0};
}
