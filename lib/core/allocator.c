/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/allocator.h"

#include "base/bits.h"
#include "base/os.h"
#include "core/call.h"
#include "core/directory.h"
#include "core/ending.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/versioned.h"

#include <framealloc/allocator.h>

#include <stdlib.h>
#include <string.h>

static fa_counter last_number;
static const char this_copy; /* its address: a process may have several copies of the library */

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

fa_allocator *fa_allocator_create(const fa_config *config)
{
    fa_config chosen = FA_CONFIG_INIT;
    fa_status status = config == NULL ? FA_OK : fa_config_check(config);
    if (status != FA_OK)
        return NULL;
    if (config != NULL)
        fa_versioned_read(&chosen, sizeof chosen, config);
    fa_allocator *a = fa_directory_take_memory();
    if (a == NULL) {
        (void)fa_fail(FA_ERROR_OUT_OF_MEMORY);
        return NULL;
    }
    clear(a);
    if (a->copy == NULL) /* stale handles may look at it in memory that is used again */
        a->copy = &this_copy;
    a->number = atomic_fetch_add_explicit(&last_number, 1, memory_order_relaxed) + 1;
    a->config = chosen;
    fa_mutex_init(&a->lock);
    fa_list_init(&a->link);
    fa_backend_init(a);
    if (!init_rooms(a)) {
        fa_mutex_destroy(&a->lock);
        fa_directory_shelve(a);
        (void)fa_fail(FA_ERROR_OUT_OF_MEMORY);
        return NULL;
    }
    fa_fork_install();
    fa_directory_enlist(a);
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

/* Not entered: that would make it look like one of ours. */
static bool is_of_another_copy(const fa_allocator *a)
{
    if (a == NULL || a->copy == &this_copy)
        return false;
    (void)fa_refuse(NULL, FA_CODE_INVALID_ALLOCATOR, FA_ERROR_INVALID_ALLOCATOR,
                    "the handle is of another copy of the library, %s; this is %s", fa_os_file_of(a->copy),
                    fa_os_file_of(&this_copy));
    return true;
}

static fa_allocator *retain(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return NULL;
    if (try_retain(a))
        return a;
    (void)fa_fail(FA_ERROR_INVALID_ALLOCATOR);
    return NULL;
}

fa_allocator *fa_allocator_retain(fa_allocator *a)
{
    return is_of_another_copy(a) ? NULL : retain(a);
}

bool fa_allocator_entered(fa_allocator *a)
{
    return a != NULL && fa_tls.refused != a && fa_ending_admits(a);
}

bool fa_allocator_usable(fa_allocator *a)
{
    if (fa_likely(fa_allocator_entered(a)))
        return true;
    fa_refuse_handle(a);
    return false;
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

/* Nobody else is inside or can come in. */
static void tear_down(fa_allocator *a)
{
    fa_lanes_close(a);
    size_t rooms = close_rooms(a);
    fa_lanes_dispose(a);
    dispose_rooms(a, rooms);
    fa_registry_dispose(&a->registry);
    fa_mutex_destroy(&a->lock);
    atomic_store(&a->id, 0);
    FA_SHAKE_POINT();
    atomic_store(&a->closer, NULL);
    atomic_store(&a->gate, 0);
    fa_directory_shelve(a);
}

static bool refuse_from_inside(fa_allocator *a)
{
    if (!fa_call_under_way(a))
        return false;
    (void)fa_refuse(a, FA_CODE_STILL_USED, FA_ERROR_BUSY, "the last reference was given up from within a call on the allocator");
    return true;
}

/* Who gives up a reference is no visitor, but waits as one does while somebody only asks for the end. */
static bool usable_after_verdict(fa_allocator *a)
{
    bool usable = fa_allocator_entered(a);
    for (unsigned waits = 0; !usable && a != NULL && fa_tls.refused != a && !fa_ending_refuses(a); waits++) {
        fa_os_wait(waits);
        usable = fa_allocator_entered(a);
    }
    if (!usable)
        fa_refuse_handle(a);
    return usable;
}

void fa_allocator_release(fa_allocator *a)
{
    if (a == NULL || !usable_after_verdict(a))
        return;
    uint32_t seen = atomic_load_explicit(&a->references, memory_order_relaxed);
    do {
        if (seen == 0) {
            fa_refuse_handle(a);
            return;
        }
        if (seen == 1 && refuse_from_inside(a))
            return;
    } while (!atomic_compare_exchange_weak_explicit(&a->references, &seen, seen - 1, memory_order_acq_rel,
                                                    memory_order_relaxed));
    if (seen != 1)
        return;
    fa_ending_wait(a);
    tear_down(a);
}

static fa_status refuse_end(fa_allocator *a)
{
    char who[192];
    fa_ending_describe(a, who, sizeof who);
    return fa_refuse(a, FA_CODE_STILL_USED, FA_ERROR_BUSY, "%s", who);
}

/* Asks at growing intervals, and between two of them the allocator is open to everybody: to ask stops them all. */
static bool ends_in_time(fa_allocator *a, uint64_t timeout)
{
    enum { FIRST_PAUSE_NANOSECONDS = 20000, DOUBLINGS = 9 };
    uint64_t begun = fa_os_nanoseconds();
    for (unsigned waits = 0; !fa_ending_try(a); waits++) {
        uint64_t waited = fa_os_nanoseconds() - begun;
        if (waited >= timeout)
            return false;
        fa_os_pause(fa_min(timeout - waited, (uint64_t)FIRST_PAUSE_NANOSECONDS << fa_min(waits, DOUBLINGS)));
    }
    return true;
}

fa_status fa_allocator_destroy(fa_allocator *a, uint64_t timeout_ns)
{
    if (!usable_after_verdict(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (refuse_from_inside(a))
        return FA_ERROR_BUSY;
    if (!ends_in_time(a, timeout_ns))
        return refuse_end(a);
    tear_down(a);
    return FA_OK;
}

uint32_t fa_allocator_references(fa_allocator *a)
{
    return a == NULL || fa_allocator_number(a) == 0 ? 0 : atomic_load_explicit(&a->references, memory_order_relaxed);
}

uint64_t fa_allocator_id(fa_allocator *a)
{
    return a == NULL ? 0 : fa_allocator_number(a);
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

static void trim_lanes(fa_allocator *a)
{
    fa_lane *own = fa_lane_existing(a);
    if (own != NULL)
        fa_lane_trim(own);
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        fa_lane_state was;
        if (fa_lane_tend(lane, &was) || fa_lane_seize(lane, &was)) {
            fa_lane_trim(lane);
            fa_lane_tended(lane, was);
        }
    }
}

fa_status fa_allocator_trim(fa_allocator *a, size_t *released)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    uint64_t before = fa_peek(a->backend.meter.charged);
    trim_lanes(a);
    /* What a lane let go of may belong to one that was trimmed before. */
    if (fa_peek(a->pool.stocked) != 0)
        trim_lanes(a);
    (void)fa_allocator_trim_shared(a);
    uint64_t after = fa_peek(a->backend.meter.charged);
    if (released != NULL)
        *released = before > after ? (size_t)(before - after) : 0;
    return FA_OK;
}

fa_status fa_allocator_config(fa_allocator *a, fa_config *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_config copy = a->config;
    return fa_versioned_write(a, out, &copy, sizeof copy);
}
