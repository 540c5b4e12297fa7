/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/directory.h"

#include "core/lane.h"
#include "core/rooms.h"

#include <stdlib.h>

static fa_mutex list_lock = FA_MUTEX_INIT;
static fa_link list = {&list, &list}; /* living allocators, guarded by list_lock */
static fa_link spare = {&spare, &spare}; /* ended ones; a stale handle finds id 0 there, likewise */
static unsigned spares;

static fa_allocator *from_link(fa_link *link)
{
    return fa_container_of(link, fa_allocator, link);
}

/* That of the allocator which ended first, and not before some have: until then its stale handles are known as such. */
fa_allocator *fa_directory_take_memory(void)
{
    enum { RESTING = 16 };
    fa_mutex_lock(&list_lock);
    fa_allocator *a = NULL;
    if (spares > RESTING) {
        a = from_link(spare.previous);
        fa_list_remove(&a->link);
        spares--;
    }
    fa_mutex_unlock(&list_lock);
    return a != NULL ? a : calloc(1, sizeof *a);
}

void fa_directory_shelve(fa_allocator *a)
{
    fa_mutex_lock(&list_lock);
    fa_list_push(&spare, &a->link);
    spares++;
    fa_mutex_unlock(&list_lock);
}

void fa_directory_enlist(fa_allocator *a)
{
    fa_mutex_lock(&list_lock);
    fa_list_push(&list, &a->link);
    atomic_store_explicit(&a->references, 1, memory_order_relaxed);
    atomic_store_explicit(&a->id, a->number, memory_order_release);
    fa_mutex_unlock(&list_lock);
}

static fa_allocator *find_listed(uint64_t id)
{
    for (fa_link *link = list.next; link != &list; link = link->next) {
        if (from_link(link)->number == id)
            return from_link(link);
    }
    return NULL;
}

fa_allocator *fa_allocator_visit_by_id(uint64_t id)
{
    fa_mutex_lock(&list_lock);
    fa_allocator *a = find_listed(id);
    if (a != NULL)
        atomic_fetch_add(&a->guests, 1);
    FA_SHAKE_POINT();
    fa_mutex_unlock(&list_lock);
    return a;
}

bool fa_allocator_listed(uint64_t id)
{
    fa_mutex_lock(&list_lock);
    bool listed = find_listed(id) != NULL;
    fa_mutex_unlock(&list_lock);
    return listed;
}

bool fa_allocator_has_caller_on(const fa_allocator *a, const fa_lane *lane)
{
    if (lane == NULL)
        return false;
    fa_mutex_lock(&list_lock);
    bool inside = find_listed(fa_allocator_number(a)) == a && fa_peek(lane->calls) != 0;
    fa_mutex_unlock(&list_lock);
    return inside;
}

bool fa_allocator_unlist(fa_allocator *a, bool (*question)(void *of))
{
    fa_mutex_lock(&list_lock);
    bool yes = question(a);
    if (yes)
        fa_list_remove(&a->link);
    fa_mutex_unlock(&list_lock);
    FA_SHAKE_POINT();
    return yes;
}

void fa_allocators_with_list_locked(void (*function)(void *of), void *of)
{
    fa_mutex_lock(&list_lock);
    function(of);
    fa_mutex_unlock(&list_lock);
}

void fa_allocators_pass(void)
{
    fa_mutex_lock(&list_lock);
    fa_mutex_unlock(&list_lock);
}

uint64_t fa_allocator_other(const fa_allocator *a, bool (*question)(fa_allocator *other, uint64_t about), uint64_t about)
{
    uint64_t id = 0;
    fa_mutex_lock(&list_lock);
    for (fa_link *link = list.next; link != &list && id == 0; link = link->next) {
        fa_allocator *other = from_link(link);
        if (other != a && question(other, about))
            id = other->number;
    }
    fa_mutex_unlock(&list_lock);
    return id;
}

static bool has_pages_at(fa_allocator *a, uint64_t address)
{
    return fa_registry_kind(&a->registry, (uintptr_t)address) != FA_WINDOW_NONE;
}

uint64_t fa_allocator_owning(const fa_allocator *a, uintptr_t address)
{
    return fa_allocator_other(a, has_pages_at, address);
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
    for (fa_link *link = list.next, *next; link != &list; link = next) {
        next = link->next;
        visit(from_link(link));
    }
}

void fa_allocators_lose(fa_allocator *a)
{
    fa_list_remove(&a->link);
    atomic_store(&a->id, 0);
}
