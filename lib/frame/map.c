/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/map.h>

#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "frame/frame.h"

#include <string.h>

/* The finalizer of MurmurHash3. */
static uint64_t mix(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 33;
}

static uint64_t hash_bytes(const unsigned char *bytes, size_t length)
{
    uint64_t hash = mix(length + 0x9e3779b97f4a7c15u);
    for (; length >= 8; length -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = mix(hash ^ word);
    }
    uint64_t rest = 0;
    memcpy(&rest, bytes, length);
    return length == 0 ? hash : mix(hash ^ rest);
}

static const unsigned char *bytes_of(const fa_map *map, const void *key, size_t *length)
{
    const fa_text_key *text = key;
    *length = map->shape.texts ? text->length : map->shape.key_size;
    return map->shape.texts ? (const unsigned char *)text->bytes : key;
}

/* Never 0, which marks an empty slot. Keys of a machine word are common enough for a way of their own. */
static uint32_t hash_of(const fa_map *map, const void *key)
{
    size_t length;
    if (fa_likely(map->plain_words)) {
        uint64_t word;
        memcpy(&word, key, sizeof word);
        return (uint32_t)(mix(word + 0x9e3779b97f4a7c15u) >> 32) | 1u;
    }
    const unsigned char *bytes = bytes_of(map, key, &length);
    uint64_t hash = map->shape.hash != NULL ? mix(map->shape.hash(map->shape.user, key)) : hash_bytes(bytes, length);
    return (uint32_t)(hash >> 32) | 1u;
}

static bool equal(const fa_map *map, const void *left, const void *right)
{
    if (fa_likely(map->plain_words))
        return memcmp(left, right, sizeof(uint64_t)) == 0;
    if (map->shape.equal != NULL)
        return map->shape.equal(map->shape.user, left, right) != 0;
    size_t left_length;
    size_t right_length;
    const unsigned char *left_bytes = bytes_of(map, left, &left_length);
    const unsigned char *right_bytes = bytes_of(map, right, &right_length);
    return left_length == right_length && memcmp(left_bytes, right_bytes, left_length) == 0;
}

static fa_status check_shape(fa_allocator *a, const fa_map_shape *theirs, fa_map_shape *ours)
{
    fa_status status = fa_versioned_check(theirs, sizeof *ours);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the shape of the map is NULL or of another size");
    fa_versioned_read(ours, sizeof *ours, theirs);
    if (ours->texts) {
        ours->key_size = sizeof(fa_text_key);
        ours->key_align = _Alignof(fa_text_key);
    }
    bool aligned = fa_is_power_of_two(ours->key_align) && fa_is_power_of_two(ours->value_align) &&
                   ours->key_align <= FA_ALIGN_MAX && ours->value_align <= FA_ALIGN_MAX;
    bool functions = (ours->hash == NULL) == (ours->equal == NULL);
    if (aligned && functions && ours->key_size != 0)
        return FA_OK;
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, aligned ? FA_ERROR_INVALID_ARGUMENT : FA_ERROR_ALIGNMENT,
                     "a map needs keys of at least a byte, alignments that are powers of two, and both functions or none");
}

/* A power of two that the capacity fills to a half at most; 0 if there is none. */
static size_t slots_for(size_t capacity)
{
    size_t slots = 4;
    while (slots != 0 && slots / 2 < capacity)
        slots *= 2;
    return slots;
}

/* Offsets of the parts; bytes is SIZE_MAX if they do not fit an address space. */
static size_t lay_out(fa_map *map, size_t slots, size_t *align, size_t *hashes_at)
{
    const fa_map_shape *shape = &map->shape;
    const size_t most = (size_t)PTRDIFF_MAX / 4;
    *align = fa_max(fa_max(shape->key_align, shape->value_align), _Alignof(uint32_t));
    *hashes_at = 0;
    if (shape->key_size > most || shape->value_size > most)
        return SIZE_MAX;
    map->value_offset = fa_round_up(shape->key_size, shape->value_align);
    map->slot_size = fa_round_up(map->value_offset + shape->value_size, *align);
    size_t slot_bytes = fa_array_bytes(slots, map->slot_size);
    if (slots == 0 || slot_bytes > most || slots > most / sizeof(uint32_t))
        return SIZE_MAX;
    *hashes_at = slot_bytes;
    return slot_bytes + slots * sizeof(uint32_t);
}

fa_status fa_map_init(fa_map *map, fa_allocator *a, size_t capacity, const fa_map_shape *shape)
{
    FA_ENTER(a);
    if (map == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the map to make is NULL");
    memset(map, 0, sizeof *map);
    fa_status status = check_shape(a, shape, &map->shape);
    if (status != FA_OK)
        return status;
    size_t align;
    size_t hashes_at;
    size_t slots = slots_for(capacity);
    size_t bytes = lay_out(map, slots, &align, &hashes_at);
    unsigned char *memory = fa_frame_alloc(a, bytes, align);
    if (memory == NULL)
        return fa_last_status();
    map->slots = memory;
    map->hashes = (uint32_t *)(void *)(memory + hashes_at);
    map->mask = slots - 1;
    map->capacity = capacity;
    map->plain_words = map->shape.key_size == sizeof(uint64_t) && !map->shape.texts && map->shape.hash == NULL;
    map->allocator = a;
    map->epoch = fa_frame_epoch(a);
    map->made_in = *map->epoch;
    memset(map->hashes, 0, slots * sizeof *map->hashes);
    return FA_OK;
}

static bool alive(const fa_map *map)
{
    return map->epoch != NULL && *map->epoch == map->made_in;
}

static fa_status check(const fa_map *map, const void *key)
{
    if (map == NULL || key == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the map or the key is NULL");
    if (!alive(map))
        return fa_refuse(map->allocator, FA_CODE_STALE, FA_ERROR_STALE, "the frame of the map has ended, or it was never made");
    if (map->shape.texts && ((const fa_text_key *)key)->bytes == NULL)
        return fa_refuse(map->allocator, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the text of the key is NULL");
    return FA_OK;
}

static unsigned char *slot_at(const fa_map *map, size_t index)
{
    return map->slots + index * map->slot_size;
}

/* The slot of the key, or the empty one where it would go. */
static size_t find(const fa_map *map, const void *key, uint32_t hash)
{
    size_t index = hash >> 1 & map->mask;
    while (map->hashes[index] != 0 && !(map->hashes[index] == hash && equal(map, slot_at(map, index), key)))
        index = (index + 1) & map->mask;
    return index;
}

/* A text is copied, so that the caller's may change. */
static bool keep_key(fa_map *map, unsigned char *slot, const void *key)
{
    if (!map->shape.texts) {
        memcpy(slot, key, map->shape.key_size);
        return true;
    }
    if (fa_frame_epoch(map->allocator) != map->epoch) {
        (void)fa_refuse(map->allocator, FA_CODE_LANE_MISUSE, FA_ERROR_WRONG_LANE, "the map was made on another lane");
        return false;
    }
    const fa_text_key *text = key;
    char *copy = text->length == SIZE_MAX ? NULL : fa_frame_alloc(map->allocator, text->length + 1, 1);
    if (copy == NULL)
        return false;
    memcpy(copy, text->bytes, text->length);
    copy[text->length] = 0;
    fa_text_key kept = {copy, text->length};
    memcpy(slot, &kept, sizeof kept);
    return true;
}

void *fa_map_place(fa_map *map, const void *key, int32_t *added)
{
    if (check(map, key) != FA_OK)
        return NULL;
    uint32_t hash = hash_of(map, key);
    size_t index = find(map, key, hash);
    unsigned char *slot = slot_at(map, index);
    bool fresh = map->hashes[index] == 0;
    if (fresh && map->count == map->capacity) {
        (void)fa_fail(FA_ERROR_FULL);
        return NULL;
    }
    if (fresh && !keep_key(map, slot, key))
        return NULL;
    if (fresh) {
        map->hashes[index] = hash;
        map->count++;
    }
    if (added != NULL)
        *added = fresh;
    return slot + map->value_offset;
}

fa_status fa_map_add(fa_map *map, const void *key, void **value)
{
    if (value == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write the place to");
    if (check(map, key) != FA_OK)
        return fa_last_status();
    if (map->hashes[find(map, key, hash_of(map, key))] != 0)
        return fa_fail(FA_ERROR_EXISTS);
    *value = fa_map_place(map, key, NULL);
    return *value == NULL ? fa_last_status() : FA_OK;
}

void *fa_map_get(const fa_map *map, const void *key)
{
    if (check(map, key) != FA_OK)
        return NULL;
    size_t index = find(map, key, hash_of(map, key));
    if (map->hashes[index] != 0)
        return slot_at(map, index) + (map->shape.value_size == 0 ? 0 : map->value_offset);
    (void)fa_fail(FA_ERROR_NOT_FOUND);
    return NULL;
}

/* Whether an entry at an index may not stay behind the empty slot: its own place is not between them. */
static bool belongs_before(const fa_map *map, size_t index, size_t empty)
{
    size_t home = map->hashes[index] >> 1 & map->mask;
    return ((index - home) & map->mask) >= ((index - empty) & map->mask);
}

static void remove_slot(fa_map *map, size_t empty)
{
    for (size_t index = (empty + 1) & map->mask; map->hashes[index] != 0; index = (index + 1) & map->mask) {
        if (!belongs_before(map, index, empty))
            continue;
        map->hashes[empty] = map->hashes[index];
        memcpy(slot_at(map, empty), slot_at(map, index), map->slot_size);
        empty = index;
    }
    map->hashes[empty] = 0;
    map->count--;
}

fa_status fa_map_remove(fa_map *map, const void *key, void *value)
{
    fa_status status = check(map, key);
    if (status != FA_OK)
        return status;
    size_t index = find(map, key, hash_of(map, key));
    if (map->hashes[index] == 0)
        return fa_fail(FA_ERROR_NOT_FOUND);
    if (value != NULL)
        memcpy(value, slot_at(map, index) + map->value_offset, map->shape.value_size);
    remove_slot(map, index);
    return FA_OK;
}

fa_status fa_map_clear(fa_map *map)
{
    fa_status status = check(map, map == NULL ? NULL : &(fa_text_key){"", 0});
    if (status != FA_OK)
        return status;
    memset(map->hashes, 0, (map->mask + 1) * sizeof *map->hashes);
    map->count = 0;
    return FA_OK;
}

int32_t fa_map_next(const fa_map *map, size_t *cursor, const void **key, void **value)
{
    if (cursor == NULL || check(map, &(fa_text_key){"", 0}) != FA_OK)
        return 0;
    while (*cursor <= map->mask && map->hashes[*cursor] == 0)
        ++*cursor;
    if (*cursor > map->mask)
        return 0;
    unsigned char *slot = slot_at(map, (*cursor)++);
    if (key != NULL)
        *key = slot;
    if (value != NULL)
        *value = slot + map->value_offset;
    return 1;
}

fa_status fa_map_remove_at(fa_map *map, size_t *cursor)
{
    fa_status status = check(map, cursor == NULL ? NULL : &(fa_text_key){"", 0});
    if (status != FA_OK)
        return status;
    if (*cursor == 0 || *cursor - 1 > map->mask || map->hashes[*cursor - 1] == 0)
        return fa_fail(FA_ERROR_NOT_FOUND);
    remove_slot(map, --*cursor);
    return FA_OK;
}

void fa_text_key_set(fa_text_key *key, const char *text)
{
    if (key != NULL)
        *key = (fa_text_key){text, text == NULL ? 0 : strlen(text)};
}
