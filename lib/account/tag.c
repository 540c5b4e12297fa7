/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "account/tag.h"

#include "core/call.h"
#include "core/report.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static uint32_t hash_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash;
}

fa_tag_node *fa_tag_node_at(fa_allocator *a, uint32_t number)
{
    return fa_numbered_get(&a->account.nodes, number);
}

fa_tag fa_tag_id(fa_allocator *a, const fa_tag_node *node)
{
    return node == NULL ? 0 : (uint64_t)fa_allocator_salt(a) << 32 | node->number;
}

fa_tag_node *fa_tag_node_of(fa_allocator *a, fa_tag tag)
{
    uint32_t number = (uint32_t)tag;
    if (number == 0 || number > FA_NUMBERED_MAX || (uint32_t)(tag >> 32) != fa_allocator_salt(a))
        return NULL;
    return fa_tag_node_at(a, number);
}

fa_tag_node *fa_tag_node_need(fa_allocator *a, fa_tag tag)
{
    fa_tag_node *node = fa_tag_node_of(a, tag);
    if (node == NULL)
        (void)fa_refuse(a, FA_CODE_BAD_HANDLE, FA_ERROR_NOT_FOUND, "%#llx is no tag of this allocator",
                        (unsigned long long)tag);
    return node;
}

static fa_tag_node *find(_Atomic(fa_tag_node *) *list, const char *name, size_t length, uint32_t hash)
{
    fa_tag_node *node = atomic_load_explicit(list, memory_order_acquire);
    while (node != NULL && (node->hash != hash || strlen(node->name) != length || memcmp(node->name, name, length) != 0))
        node = node->sibling;
    return node;
}

static _Atomic(fa_tag_node *) *list_in(fa_allocator *a, fa_tag_node *parent)
{
    return parent == NULL ? &a->account.roots : &parent->nested;
}

static fa_tag_node *make_node(fa_tag_node *parent, const char *name, size_t length, uint32_t number)
{
    fa_tag_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return NULL;
    node->parent = parent;
    node->level = parent == NULL ? 1 : parent->level + 1;
    node->number = number;
    node->hash = hash_of(name, length);
    memcpy(node->name, name, length);
    fa_meter_init(&node->meter);
    return node;
}

static void publish(fa_allocator *a, _Atomic(fa_tag_node *) *list, fa_tag_node *node)
{
    node->sibling = fa_peek(*list);
    atomic_store_explicit(list, node, memory_order_release);
    fa_numbered_set(&a->account.nodes, node->number, node);
    atomic_store_explicit(&a->account.tags, node->number, memory_order_release);
}

/* Under the lock: another thread may have made it. */
static fa_status make(fa_allocator *a, fa_tag_node *parent, const char *name, size_t length, fa_tag_node **out)
{
    _Atomic(fa_tag_node *) *list = list_in(a, parent);
    *out = find(list, name, length, hash_of(name, length));
    if (*out != NULL)
        return FA_OK;
    uint32_t number = atomic_load_explicit(&a->account.tags, memory_order_relaxed) + 1;
    if (number > FA_NUMBERED_MAX)
        return FA_ERROR_FULL;
    *out = fa_numbered_reserve(&a->account.nodes, number) ? make_node(parent, name, length, number) : NULL;
    if (*out == NULL)
        return FA_ERROR_OUT_OF_MEMORY;
    publish(a, list, *out);
    return FA_OK;
}

static fa_status check_name(const fa_tag_node *parent, size_t length)
{
    if (length == 0 || length > FA_TAG_NAME_MAX)
        return FA_ERROR_INVALID_ARGUMENT;
    return parent != NULL && parent->level == FA_TAG_LEVELS_MAX ? FA_ERROR_DEPTH : FA_OK;
}

static fa_tag_node *nested(fa_allocator *a, fa_tag_node *parent, const char *name, size_t length)
{
    fa_status status = check_name(parent, length);
    fa_tag_node *node = status != FA_OK ? NULL : find(list_in(a, parent), name, length, hash_of(name, length));
    if (status == FA_OK && node == NULL) {
        fa_mutex_lock(&a->lock);
        status = make(a, parent, name, length, &node);
        fa_mutex_unlock(&a->lock);
    }
    if (status == FA_OK)
        return node;
    int32_t code = status == FA_ERROR_OUT_OF_MEMORY ? FA_CODE_OUT_OF_MEMORY : FA_CODE_INVALID_ARGUMENT;
    (void)fa_refuse(a, code, status, "a tag needs a name of 1 to %d bytes, and there can be %d levels and %d tags: \"%.*s\"",
                    FA_TAG_NAME_MAX, FA_TAG_LEVELS_MAX, FA_NUMBERED_MAX, (int)fa_min(length, FA_TAG_NAME_MAX), name);
    return NULL;
}

static fa_tag_node *refuse_null(fa_allocator *a)
{
    (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the name of a tag is NULL");
    return NULL;
}

/* A name that is a path would be a tag that no path finds. */
fa_tag_node *fa_tag_node_nested(fa_allocator *a, fa_tag_node *parent, const char *name)
{
    if (name == NULL)
        return refuse_null(a);
    return nested(a, parent, name, strstr(name, "::") != NULL ? 0 : strlen(name));
}

static size_t length_of_first(const char *path)
{
    const char *end = strstr(path, "::");
    return end == NULL ? strlen(path) : (size_t)(end - path);
}

/* One step down a path; NULL with the last status ends the walk. */
typedef fa_tag_node *(*fa_tag_step)(fa_allocator *a, fa_tag_node *parent, const char *name, size_t length);

static fa_tag walk(fa_allocator *a, const char *path, fa_tag_step step)
{
    if (!fa_allocator_usable(a))
        return 0;
    if (path == NULL)
        return fa_tag_id(a, refuse_null(a));
    fa_tag_node *node = NULL;
    for (;;) {
        size_t length = length_of_first(path);
        node = step(a, node, path, length);
        if (node == NULL || path[length] == 0)
            return fa_tag_id(a, node);
        path += length + 2;
    }
}

fa_tag fa_tag_get(fa_allocator *a, const char *path)
{
    FA_ENTER(a);
    return walk(a, path, nested);
}

static fa_tag_node *existing(fa_allocator *a, fa_tag_node *parent, const char *name, size_t length)
{
    fa_tag_node *node = find(list_in(a, parent), name, length, hash_of(name, length));
    if (node == NULL)
        (void)fa_fail(FA_ERROR_NOT_FOUND);
    return node;
}

fa_tag fa_tag_find(fa_allocator *a, const char *path)
{
    FA_ENTER(a);
    return walk(a, path, existing);
}

fa_tag fa_tag_nested(fa_allocator *a, fa_tag parent, const char *name)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_tag_node *node = parent == 0 ? NULL : fa_tag_node_need(a, parent);
    if (parent != 0 && node == NULL)
        return 0;
    return fa_tag_id(a, fa_tag_node_nested(a, node, name));
}

/* Written from the end, so that each name comes after those it is nested in. */
size_t fa_tag_path(fa_allocator *a, fa_tag tag, char *buffer, size_t size)
{
    FA_ENTER(a);
    char path[FA_TAG_LEVELS_MAX * (FA_TAG_NAME_MAX + 2)];
    if (!fa_allocator_usable(a))
        return 0;
    fa_tag_node *node = fa_tag_node_of(a, tag);
    if (node == NULL)
        (void)fa_fail(FA_ERROR_NOT_FOUND);
    char *start = path + sizeof path;
    for (; node != NULL; node = node->parent) {
        size_t length = strlen(node->name);
        start -= length;
        memcpy(start, node->name, length);
        if (node->parent != NULL)
            start = memcpy(start - 2, "::", 2);
    }
    size_t length = (size_t)(path + sizeof path - start);
    if (buffer == NULL || size == 0)
        return length;
    size_t copied = fa_min(length, size - 1);
    memcpy(buffer, start, copied);
    buffer[copied] = 0;
    return length;
}

fa_status fa_tag_list(fa_allocator *a, fa_tag *tags, size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (tags == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "fa_tag_list() has nowhere to write to");
    *total = atomic_load_explicit(&a->account.tags, memory_order_acquire);
    for (uint32_t i = 0; i < *total && i < capacity; i++)
        tags[i] = fa_tag_id(a, fa_tag_node_at(a, i + 1));
    return FA_OK;
}

fa_tag_entry *fa_tag_entry_of(const fa_lane *lane, uint32_t number)
{
    const fa_numbered *entries = atomic_load_explicit(&lane->account.entries, memory_order_acquire);
    return entries == NULL ? NULL : fa_numbered_get(entries, number);
}

static fa_numbered *entries_of(fa_lane *lane)
{
    fa_numbered *entries = fa_peek(lane->account.entries);
    if (entries == NULL) {
        entries = calloc(1, sizeof *entries);
        atomic_store_explicit(&lane->account.entries, entries, memory_order_release);
    }
    return entries;
}

fa_tag_entry *fa_tag_entry_need(fa_lane *lane, uint32_t number)
{
    fa_tag_entry *entry = fa_tag_entry_of(lane, number);
    if (entry != NULL)
        return entry;
    fa_numbered *entries = entries_of(lane);
    if (entries == NULL || !fa_numbered_reserve(entries, number))
        return NULL;
    entry = calloc(1, sizeof *entry);
    if (entry != NULL)
        fa_numbered_set(entries, number, entry);
    return entry;
}

void fa_tag_entries_dispose(fa_lane *lane)
{
    fa_numbered *entries = fa_peek(lane->account.entries);
    if (entries != NULL)
        fa_numbered_dispose(entries);
    free(entries);
}

void fa_tags_dispose(fa_allocator *a)
{
    fa_numbered_dispose(&a->account.nodes);
}
