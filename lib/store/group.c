/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks that are freed together. They are bumped through slabs from the heap, so that freeing all of them costs the
 * slabs and not the blocks, and so that fa_release() knows each as the inside of a heap block and refuses it.
 * A seal in front of each block tells live ones from anything else; large blocks have a slab of their own. */
#include "store/group.h"

#include "core/allocator.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/rooms.h"
#include "core/versioned.h"
#include "debug/debug.h"
#include "frame/discard.h"
#include "pool/pool.h"

#include <framealloc/group.h>
#include <framealloc/heap.h>

#include <string.h>

enum { UNIT = 16, SLAB_FIRST = 16 << 10, SLAB_LARGEST = 256 << 10 };

typedef struct slab {
    struct slab *next;
    uint64_t secret;
    uintptr_t top;
    uintptr_t end;
    size_t live;
} slab;

/* Lies in front of each block. */
typedef struct member {
    uint64_t size;
    uint64_t seal;
} member;

typedef struct group_state {
    fa_link link;
    fa_group id;
    slab *slabs; /* the first one is bumped */
    size_t next_bytes;
    fa_group_stats stats;
    char name[];
} group_state;

static uint64_t seal_of(const slab *s, uintptr_t block)
{
    return s->secret ^ block;
}

static member *member_of(uintptr_t block)
{
    return (member *)(block - sizeof(member));
}

static void seal_slab(fa_allocator *a, slab *s)
{
    s->secret = ++a->store.groups.slabs * 0x9e3779b97f4a7c15u;
    s->top = (uintptr_t)(s + 1);
    s->live = 0;
}

static void *bump(group_state *g, slab *s, size_t size, size_t align)
{
    if (s == NULL || size > s->end - s->top)
        return NULL;
    uintptr_t block = fa_round_up(s->top + sizeof(member), align);
    if (block > s->end || size > s->end - block)
        return NULL;
    *member_of(block) = (member){size, seal_of(s, block)};
    s->top = fa_min(fa_round_up(block + size, UNIT), s->end);
    s->live++;
    g->stats.count++;
    g->stats.total_count++;
    g->stats.bytes += size;
    g->stats.peak_bytes = fa_max(g->stats.peak_bytes, g->stats.bytes);
    return (void *)block;
}

static void release_slabs(fa_allocator *a, slab *s)
{
    while (s != NULL) {
        slab *next = s->next;
        (void)fa_release_own(a, s);
        s = next;
    }
}

static fa_status refuse_stale(fa_allocator *a, fa_group id)
{
    return fa_refuse(a, FA_CODE_BAD_HANDLE, FA_ERROR_STALE, "%#llx is no group of this allocator",
                     (unsigned long long)id);
}

/* With the lock held. */
static group_state *named(fa_allocator *a, const char *name)
{
    for (fa_link *link = a->store.groups.groups.next; link != &a->store.groups.groups; link = link->next) {
        group_state *g = fa_container_of(link, group_state, link);
        if (strcmp(g->name, name) == 0)
            return g;
    }
    return NULL;
}

/* With the lock held. */
static fa_status publish(fa_allocator *a, group_state *g)
{
    if (g->name[0] != '\0' && named(a, g->name) != NULL)
        return FA_ERROR_EXISTS;
    g->id = fa_slots_insert(&a->store.groups.table, g);
    if (g->id == 0)
        return FA_ERROR_OUT_OF_MEMORY;
    fa_list_push(&a->store.groups.groups, &g->link);
    return FA_OK;
}

static group_state *make(fa_allocator *a, const char *name)
{
    size_t length = strlen(name);
    group_state *g = fa_heap_alloc(a, sizeof *g + length + 1, FA_ALIGN_DEFAULT);
    if (g == NULL)
        return NULL;
    *g = (group_state){.next_bytes = SLAB_FIRST};
    memcpy(g->name, name, length + 1);
    memcpy(g->stats.name, name, fa_min(length, sizeof g->stats.name - 1));
    return g;
}

fa_status fa_group_create(fa_allocator *a, const char *name, fa_group *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (out == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "out is NULL");
    group_state *g = make(a, name != NULL ? name : "");
    if (g == NULL)
        return fa_last_status();
    fa_mutex_lock(&a->lock);
    fa_status status = publish(a, g);
    fa_group id = g->id;
    fa_mutex_unlock(&a->lock);
    if (status != FA_OK) {
        (void)fa_release_own(a, g);
        return fa_fail(status);
    }
    *out = id;
    return FA_OK;
}

fa_status fa_group_find(fa_allocator *a, const char *name, fa_group *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (name == NULL || out == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "name or out is NULL");
    fa_mutex_lock(&a->lock);
    group_state *g = name[0] != '\0' ? named(a, name) : NULL;
    fa_group id = g != NULL ? g->id : 0;
    fa_mutex_unlock(&a->lock);
    if (id == 0)
        return fa_fail(FA_ERROR_NOT_FOUND);
    *out = id;
    return FA_OK;
}

static size_t room_of(const slab *s)
{
    return s->end - s->top;
}

/* The slab with more room is the one that is bumped. */
static void link_slab(group_state *g, slab *fresh)
{
    slab **at = &g->slabs;
    if (*at != NULL && room_of(*at) > room_of(fresh))
        at = &(*at)->next;
    fresh->next = *at;
    *at = fresh;
    g->stats.slab_count++;
    g->next_bytes = fa_min(g->next_bytes * 2, SLAB_LARGEST);
}

/* Bumps in the fresh slab, if there is one, which then belongs to the group; FA_ERROR_FULL asks for one. */
static fa_status take(fa_allocator *a, fa_group id, slab *fresh, size_t size, size_t align, void **out, size_t *wanted)
{
    fa_status status = FA_ERROR_STALE;
    fa_mutex_lock(&a->lock);
    group_state *g = fa_slots_get(&a->store.groups.table, id);
    if (g != NULL) {
        if (fresh != NULL)
            seal_slab(a, fresh);
        *out = bump(g, fresh != NULL ? fresh : g->slabs, size, align);
        if (fresh != NULL)
            link_slab(g, fresh);
        *wanted = g->next_bytes;
        status = *out != NULL ? FA_OK : FA_ERROR_FULL;
    }
    fa_mutex_unlock(&a->lock);
    return status;
}

static slab *make_slab(fa_allocator *a, size_t wanted, size_t size, size_t align)
{
    size_t needed = sizeof(slab) + sizeof(member) + size + align;
    size_t bytes = needed > wanted / 4 ? needed : wanted;
    slab *s = fa_heap_try_alloc(a, bytes, FA_ALIGN_DEFAULT);
    if (s != NULL)
        s->end = (uintptr_t)s + bytes;
    return s;
}

static void *alloc(fa_allocator *a, fa_group id, size_t size, size_t align, bool quiet)
{
    if (!fa_allocator_usable(a))
        return NULL;
    size_t asked = size;
    void *block = NULL;
    size_t wanted = 0;
    fa_status status = fa_request_check(&size, align);
    if (status != FA_OK) {
        (void)fa_refuse_memory(a, status, asked, align, quiet);
        return NULL;
    }
    align = fa_max(align, UNIT);
    status = take(a, id, NULL, size, align, &block, &wanted);
    if (status == FA_ERROR_FULL) {
        slab *fresh = make_slab(a, wanted, size, align);
        if (fresh == NULL) {
            (void)fa_refuse_memory(a, fa_last_status(), asked, align, quiet);
            return NULL;
        }
        status = take(a, id, fresh, size, align, &block, &wanted);
        if (status != FA_OK)
            (void)fa_release_own(a, fresh);
    }
    if (status != FA_OK)
        (void)refuse_stale(a, id);
    return block;
}

void *fa_group_alloc(fa_allocator *a, fa_group group, size_t size, size_t align)
{
    FA_ENTER(a);
    return alloc(a, group, size, align, false);
}

void *fa_group_try_alloc(fa_allocator *a, fa_group group, size_t size, size_t align)
{
    FA_ENTER(a);
    return alloc(a, group, size, align, true);
}

void *fa_group_alloc_zeroed(fa_allocator *a, fa_group group, size_t size, size_t align)
{
    FA_ENTER(a);
    void *block = alloc(a, group, size, align, false);
    return block != NULL ? memset(block, 0, size) : NULL;
}

void *fa_group_alloc_array(fa_allocator *a, fa_group group, size_t count, size_t size, size_t align)
{
    FA_ENTER(a);
    return alloc(a, group, fa_array_bytes(count, size), align, false);
}

/* The place that holds the slab around the block if that is live, NULL if it is not. */
static slab **find_live(group_state *g, uintptr_t block)
{
    for (slab **at = &g->slabs; *at != NULL; at = &(*at)->next) {
        slab *s = *at;
        if (block < (uintptr_t)(s + 1) + sizeof(member) || block >= s->end)
            continue;
        return block % UNIT == 0 && block < s->top && member_of(block)->seal == seal_of(s, block) ? at : NULL;
    }
    return NULL;
}

/* With the lock held: ends the block; returns a slab to release, if it has become empty. */
static slab *end_block(fa_allocator *a, group_state *g, slab **at, uintptr_t block)
{
    slab *s = *at;
    g->stats.count--;
    g->stats.bytes -= member_of(block)->size;
    member_of(block)->seal = 0;
    if (fa_poisoning(a))
        memset((void *)block, FA_FREED_PATTERN, member_of(block)->size);
    if (--s->live != 0)
        return NULL;
    *at = s->next;
    s->next = NULL;
    g->stats.slab_count--;
    return s;
}

fa_status fa_group_release_block(fa_allocator *a, fa_group group_id, void *block)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    slab *empty = NULL;
    fa_mutex_lock(&a->lock);
    group_state *g = fa_slots_get(&a->store.groups.table, group_id);
    slab **at = g != NULL && block != NULL ? find_live(g, (uintptr_t)block) : NULL;
    if (at != NULL)
        empty = end_block(a, g, at, (uintptr_t)block);
    fa_mutex_unlock(&a->lock);
    if (g == NULL)
        return refuse_stale(a, group_id);
    if (at == NULL && block != NULL)
        return fa_refuse(a, FA_CODE_FOREIGN_POINTER, FA_ERROR_FOREIGN_POINTER, "%p is no live block of group %#llx", block,
                         (unsigned long long)group_id);
    release_slabs(a, empty);
    return FA_OK;
}

/* Before the heap blocks go: nobody else has them any more. */
static void tell_discard(fa_allocator *a, fa_group id, const slab *slabs, uint64_t count, uint64_t bytes)
{
    if (!fa_discards_watched(a))
        return;
    fa_discard d;
    fa_discard_start(&d);
    for (const slab *s = slabs; s != NULL; s = s->next)
        fa_discard_add(&d, s + 1, s->top - (uintptr_t)(s + 1));
    d.bytes = bytes;
    d.blocks = count;
    fa_discard_tell(&d, a, (fa_happening){.what = FA_DISCARD_GROUP, .intent = FA_INTENT_HEAP, .id = id});
}

/* With the lock held: takes everything out of the group. */
static slab *detach(group_state *g)
{
    slab *slabs = g->slabs;
    g->slabs = NULL;
    g->next_bytes = SLAB_FIRST;
    g->stats.slab_count = 0;
    g->stats.count = 0;
    g->stats.bytes = 0;
    return slabs;
}

fa_status fa_group_free_all(fa_allocator *a, fa_group group_id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->lock);
    group_state *g = fa_slots_get(&a->store.groups.table, group_id);
    fa_group_stats gone = g != NULL ? g->stats : (fa_group_stats)FA_GROUP_STATS_INIT;
    slab *slabs = g != NULL ? detach(g) : NULL;
    fa_mutex_unlock(&a->lock);
    if (g == NULL)
        return refuse_stale(a, group_id);
    tell_discard(a, group_id, slabs, gone.count, gone.bytes);
    release_slabs(a, slabs);
    return FA_OK;
}

fa_status fa_group_destroy(fa_allocator *a, fa_group group_id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->lock);
    group_state *g = fa_slots_remove(&a->store.groups.table, group_id);
    if (g != NULL)
        fa_list_remove(&g->link);
    fa_mutex_unlock(&a->lock);
    if (g == NULL)
        return refuse_stale(a, group_id);
    tell_discard(a, group_id, g->slabs, g->stats.count, g->stats.bytes);
    release_slabs(a, g->slabs);
    return fa_release_own(a, g);
}

fa_status fa_group_get_stats(fa_allocator *a, fa_group group_id, fa_group_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_group_stats copy = FA_GROUP_STATS_INIT;
    fa_mutex_lock(&a->lock);
    group_state *g = fa_slots_get(&a->store.groups.table, group_id);
    if (g != NULL)
        copy = g->stats;
    fa_mutex_unlock(&a->lock);
    return g != NULL ? fa_versioned_write(a, out, &copy, sizeof copy) : refuse_stale(a, group_id);
}

fa_status fa_group_list(fa_allocator *a, fa_group *ids, size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (ids == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "ids or total is NULL");
    size_t count = 0;
    fa_mutex_lock(&a->lock);
    for (fa_link *link = a->store.groups.groups.next; link != &a->store.groups.groups; link = link->next) {
        if (count < capacity)
            ids[count] = fa_container_of(link, group_state, link)->id;
        count++;
    }
    fa_mutex_unlock(&a->lock);
    *total = count;
    return FA_OK;
}

static bool init_shared(fa_allocator *a)
{
    a->store.groups.table.salt = fa_allocator_salt(a);
    fa_list_init(&a->store.groups.groups);
    return true;
}

/* Before the heap looks for leaks. */
static void close_shared(fa_allocator *a)
{
    group_state *g;
    while ((g = fa_slots_remove_any(&a->store.groups.table)) != NULL) {
        release_slabs(a, g->slabs);
        (void)fa_release_own(a, g);
    }
}

static void dispose_shared(fa_allocator *a)
{
    fa_slots_dispose(&a->store.groups.table);
}

const fa_room fa_group_room = {
    .allocator_init = init_shared,
    .allocator_close = close_shared,
    .allocator_dispose = dispose_shared,
};
