/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/thread.h"

#include "base/os.h"
#include "core/call.h"
#include "core/directory.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

_Thread_local fa_thread_cache fa_tls = {.allocator = FA_NO_ALLOCATOR};

/* The C library may call exit functions in no more than so many rounds. A lane got in the last would never be left. */
enum { LAST_EXIT = PTHREAD_DESTRUCTOR_ITERATIONS - 1 };

typedef struct fa_binding {
    uint64_t allocator; /* id */
    fa_lane *lane;      /* not to be touched before the allocator is known to live */
    fa_call forking;
} fa_binding;

struct fa_thread {
    const fa_thread_cache *cache;
    fa_binding *bindings;
    uint32_t count;
    uint32_t capacity;
};

static pthread_key_t exit_key;
static bool exit_key_made;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;

/* A tender who sees that the thread has gone elsewhere sees what it did on his lane before. */
static void cache(uint64_t allocator)
{
    atomic_store_explicit(&fa_tls.allocator, allocator, memory_order_release);
}

void fa_thread_cache_lane(fa_lane *lane)
{
    fa_tls.lane = lane;
    FA_SHAKE_POINT();
    cache(lane->allocator->number);
}

void fa_thread_uncache(void)
{
    cache(FA_NO_ALLOCATOR);
}

static fa_binding *find_binding(struct fa_thread *thread, uint64_t allocator)
{
    for (uint32_t i = 0; thread != NULL && i < thread->count; i++) {
        if (thread->bindings[i].allocator == allocator)
            return &thread->bindings[i];
    }
    return NULL;
}

static void clear_lane(uint64_t id)
{
    fa_binding *binding = find_binding(fa_tls.thread, id);
    if (binding != NULL)
        *binding = fa_tls.thread->bindings[--fa_tls.thread->count];
    if (fa_peek(fa_tls.allocator) == id)
        fa_thread_uncache();
}

/* Cleanup functions that run now find the thread still on this lane. */
static void leave_lane(const fa_binding *binding)
{
    fa_call call;
    if (fa_call_enter_to_leave(&call, binding->allocator, binding->lane))
        fa_lane_abandon(binding->lane);
    clear_lane(binding->allocator);
    call.lane = NULL;
    FA_SHAKE_POINT();
    fa_call_leave(&call);
}

static void thread_exit(void *value)
{
    struct fa_thread *thread = value;
    while (thread->count > 0) {
        fa_binding binding = thread->bindings[thread->count - 1];
        leave_lane(&binding);
    }
    FA_SHAKE_POINT();
    fa_allocators_pass();
    FA_SHAKE_POINT();
    fa_thread_uncache();
    fa_tls.thread = NULL;
    fa_tls.exits++;
    free(thread->bindings);
    free(thread);
}

/* The record of a thread that never left is never freed. */
bool fa_thread_is_there(const fa_thread_cache *cache)
{
    struct fa_thread *thread = NULL;
    const fa_thread_cache *back = NULL;
    return fa_os_read(&cache->thread, &thread, sizeof thread) && thread != NULL &&
           fa_os_read(&thread->cache, &back, sizeof back) && back == cache;
}

void fa_thread_enter_all(void)
{
    for (uint32_t i = 0; fa_tls.thread != NULL && i < fa_tls.thread->count; i++) {
        fa_binding *binding = &fa_tls.thread->bindings[i];
        (void)fa_call_enter_to_leave(&binding->forking, binding->allocator, binding->lane);
    }
}

void fa_thread_leave_all(void)
{
    for (uint32_t i = fa_tls.thread == NULL ? 0 : fa_tls.thread->count; i-- > 0;) {
        fa_call *call = &fa_tls.thread->bindings[i].forking;
        if (call->visited != NULL)
            fa_call_leave(call);
    }
}

static void make_exit_key(void)
{
    exit_key_made = pthread_key_create(&exit_key, thread_exit) == 0;
}

bool fa_thread_all_but_ended(void)
{
    return fa_tls.thread == NULL && fa_tls.exits >= LAST_EXIT;
}

static struct fa_thread *thread_record(void)
{
    if (fa_tls.thread != NULL)
        return fa_tls.thread;
    if (fa_thread_all_but_ended())
        return NULL;
    /* Who would not hear of the thread's end would look at its storage afterwards. */
    (void)pthread_once(&exit_once, make_exit_key);
    struct fa_thread *thread = exit_key_made ? calloc(1, sizeof *thread) : NULL;
    if (thread == NULL)
        return NULL;
    if (pthread_setspecific(exit_key, thread) != 0) {
        free(thread);
        return NULL;
    }
    thread->cache = &fa_tls;
    fa_tls.thread = thread;
    return thread;
}

static void forget_dead_allocators(struct fa_thread *thread)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < thread->count; i++) {
        if (fa_allocator_listed(thread->bindings[i].allocator))
            thread->bindings[kept++] = thread->bindings[i];
    }
    thread->count = kept;
}

static bool make_room(struct fa_thread *thread)
{
    if (thread->count < thread->capacity)
        return true;
    forget_dead_allocators(thread);
    if (thread->count < thread->capacity)
        return true;
    uint32_t capacity = thread->capacity == 0 ? 4 : thread->capacity * 2;
    fa_binding *bindings = realloc(thread->bindings, capacity * sizeof *bindings);
    if (bindings == NULL)
        return false;
    thread->bindings = bindings;
    thread->capacity = capacity;
    return true;
}

fa_lane *fa_thread_lane(uint64_t allocator)
{
    const fa_binding *binding = find_binding(fa_tls.thread, allocator);
    return binding == NULL ? NULL : binding->lane;
}

bool fa_thread_set_lane(fa_allocator *a, fa_lane *lane)
{
    if (lane == NULL) {
        clear_lane(a->number);
        return true;
    }
    struct fa_thread *thread = thread_record();
    if (thread == NULL)
        return false;
    fa_binding *binding = find_binding(thread, a->number);
    if (binding == NULL) {
        if (!make_room(thread))
            return false;
        binding = &thread->bindings[thread->count++];
    }
    *binding = (fa_binding){.allocator = a->number, .lane = lane};
    fa_thread_cache_lane(lane);
    return true;
}
