/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/allocator.h"

#include "core/lane.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/versioned.h"

#include <framealloc/allocator.h>

#include <stdlib.h>
#include <string.h>

static fa_mutex list_lock = FA_MUTEX_INIT;
static fa_link list = {&list, &list}; /* living allocators, guarded by list_lock */
static fa_link spare = {&spare, &spare}; /* ended ones; a stale handle finds id 0 there, likewise */
static fa_counter last_number;

static fa_allocator *from_link(fa_link *link)
{
    return fa_container_of(link, fa_allocator, link);
}

static fa_allocator *take_memory(void)
{
    fa_mutex_lock(&list_lock);
    fa_allocator *a = NULL;
    if (!fa_list_empty(&spare)) {
        a = from_link(spare.previous);
        fa_list_remove(&a->link);
    }
    fa_mutex_unlock(&list_lock);
    return a != NULL ? a : calloc(1, sizeof *a);
}

static void shelve_memory(fa_allocator *a)
{
    fa_mutex_lock(&list_lock);
    fa_list_push(&spare, &a->link);
    fa_mutex_unlock(&list_lock);
}

/* Everything behind id and references, which stale handles may still look at. */
static void clear(fa_allocator *a)
{
    size_t kept = offsetof(fa_allocator, number);
    memset((char *)a + kept, 0, sizeof *a - kept);
}

static void dispose_rooms(fa_allocator *a, size_t count)
{
    while (count-- > 0) {
        if (fa_rooms[count]->allocator_dispose != NULL)
            fa_rooms[count]->allocator_dispose(a);
    }
}

static bool init_rooms(fa_allocator *a)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_init != NULL && !fa_rooms[i]->allocator_init(a)) {
            dispose_rooms(a, i);
            return false;
        }
    }
    return true;
}

static void enlist(fa_allocator *a)
{
    fa_mutex_lock(&list_lock);
    fa_list_push(&list, &a->link);
    atomic_store_explicit(&a->references, 1, memory_order_relaxed);
    atomic_store_explicit(&a->id, a->number, memory_order_release);
    fa_mutex_unlock(&list_lock);
}

fa_allocator *fa_allocator_create(const fa_config *config)
{
    fa_config chosen = FA_CONFIG_INIT;
    fa_status status = config == NULL ? FA_OK : fa_config_check(config);
    if (status != FA_OK)
        return NULL;
    if (config != NULL)
        fa_versioned_read(&chosen, sizeof chosen, config);
    fa_allocator *a = take_memory();
    if (a == NULL) {
        (void)fa_fail(FA_ERROR_OUT_OF_MEMORY);
        return NULL;
    }
    clear(a);
    a->number = atomic_fetch_add_explicit(&last_number, 1, memory_order_relaxed) + 1;
    a->config = chosen;
    fa_mutex_init(&a->lock);
    fa_list_init(&a->link);
    fa_backend_init(a);
    if (!init_rooms(a)) {
        fa_mutex_destroy(&a->lock);
        shelve_memory(a);
        (void)fa_fail(FA_ERROR_OUT_OF_MEMORY);
        return NULL;
    }
    fa_fork_install();
    enlist(a);
    return a;
}

/* Adds a reference unless the last one has gone. */
static bool try_retain(fa_allocator *a)
{
    uint32_t seen = atomic_load_explicit(&a->references, memory_order_relaxed);
    while (seen != 0) {
        if (atomic_compare_exchange_weak_explicit(&a->references, &seen, seen + 1, memory_order_acq_rel,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

fa_allocator *fa_allocator_retain(fa_allocator *a)
{
    if (!fa_allocator_usable(a))
        return NULL;
    if (try_retain(a))
        return a;
    (void)fa_fail(FA_ERROR_INVALID_ALLOCATOR);
    return NULL;
}

fa_allocator *fa_allocator_retain_by_id(uint64_t id)
{
    fa_allocator *found = NULL;
    fa_mutex_lock(&list_lock);
    for (fa_link *link = list.next; link != &list && found == NULL; link = link->next) {
        if (fa_peek(from_link(link)->id) == id && try_retain(from_link(link)))
            found = from_link(link);
    }
    fa_mutex_unlock(&list_lock);
    return found;
}

/* Returns how many rooms there are. */
static size_t close_rooms(fa_allocator *a)
{
    size_t rooms = 0;
    for (; fa_rooms[rooms] != NULL; rooms++) {
        if (fa_rooms[rooms]->allocator_close != NULL)
            fa_rooms[rooms]->allocator_close(a);
    }
    return rooms;
}

static void destroy(fa_allocator *a)
{
    fa_mutex_lock(&list_lock);
    fa_list_remove(&a->link);
    fa_mutex_unlock(&list_lock);
    fa_lanes_close(a);
    size_t rooms = close_rooms(a);
    fa_lanes_dispose(a);
    dispose_rooms(a, rooms);
    fa_registry_dispose(&a->registry);
    fa_mutex_destroy(&a->lock);
    atomic_store_explicit(&a->id, 0, memory_order_release);
    shelve_memory(a);
}

void fa_allocator_release(fa_allocator *a)
{
    if (a == NULL || !fa_allocator_usable(a))
        return;
    if (atomic_fetch_sub_explicit(&a->references, 1, memory_order_acq_rel) == 1)
        destroy(a);
}

uint32_t fa_allocator_references(fa_allocator *a)
{
    return a == NULL || fa_peek(a->id) == 0 ? 0 : atomic_load_explicit(&a->references, memory_order_relaxed);
}

uint64_t fa_allocator_id(fa_allocator *a)
{
    return a == NULL ? 0 : fa_peek(a->id);
}

uint64_t fa_allocator_owning(const fa_allocator *a, uintptr_t address)
{
    uint64_t id = 0;
    fa_mutex_lock(&list_lock);
    for (fa_link *link = list.next; link != &list && id == 0; link = link->next) {
        fa_allocator *other = from_link(link);
        if (other != a && fa_registry_kind(&other->registry, address) != FA_WINDOW_NONE)
            id = fa_peek(other->id);
    }
    fa_mutex_unlock(&list_lock);
    return id;
}

size_t fa_allocator_trim_shared(fa_allocator *a)
{
    uint64_t before = fa_peek(a->backend.meter.charged);
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_trim != NULL)
            fa_rooms[i]->allocator_trim(a);
    }
    uint64_t after = fa_peek(a->backend.meter.charged);
    return before > after ? (size_t)(before - after) : 0;
}

static void trim_idle_lanes(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        fa_lane_state was;
        if (fa_lane_tend(lane, &was)) {
            fa_lane_trim(lane);
            fa_lane_tended(lane, was);
        }
    }
}

fa_status fa_allocator_trim(fa_allocator *a, size_t *released)
{
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    uint64_t before = fa_peek(a->backend.meter.charged);
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL)
        fa_lane_trim(lane);
    trim_idle_lanes(a);
    (void)fa_allocator_trim_shared(a);
    uint64_t after = fa_peek(a->backend.meter.charged);
    if (released != NULL)
        *released = before > after ? (size_t)(before - after) : 0;
    return FA_OK;
}

fa_status fa_allocator_config(fa_allocator *a, fa_config *out)
{
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_config copy = a->config;
    return fa_versioned_write(a, out, &copy, sizeof copy);
}

/* Locks of rooms come after that of the allocator, which guards the lists they are found in. */
static void lock_all(fa_allocator *a)
{
    fa_mutex_lock(&a->lock);
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_lock != NULL)
            fa_rooms[i]->allocator_lock(a);
    }
}

static void unlock_all(fa_allocator *a)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_unlock != NULL)
            fa_rooms[i]->allocator_unlock(a);
    }
    fa_mutex_unlock(&a->lock);
}

void fa_allocators_lock(void)
{
    fa_mutex_lock(&list_lock);
    fa_allocators_each(lock_all);
}

void fa_allocators_unlock(void)
{
    fa_allocators_each(unlock_all);
    fa_mutex_unlock(&list_lock);
}

void fa_allocators_each(void (*visit)(fa_allocator *a))
{
    for (fa_link *link = list.next; link != &list; link = link->next)
        visit(from_link(link));
}
