/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Named scratch pools: an arena, a ledger and a lock each. Chunks are fetched and given away without the lock. */
#include "store/scratch_pool.h"

#include "account/charge.h"
#include "account/ledger.h"
#include "core/call.h"
#include "core/report.h"
#include "core/tell.h"
#include "core/versioned.h"
#include "frame/arena.h"
#include "frame/discard.h"
#include "store/scope.h"

#include <stdlib.h>
#include <string.h>

struct fa_scratch_pool {
    fa_allocator *allocator;
    fa_scratch_pool *next; /* newest first; pools stay until the allocator goes */
    fa_mutex lock;         /* guards what follows */
    bool destroyed;
    fa_arena arena;
    fa_ledger ledger;
    fa_scratch_marks marks;
    size_t limit;
    uint64_t peak;
    uint64_t returned; /* bytes ever let go of */
    char name[FA_SCRATCH_NAME_MAX + 1];
};

static fa_scratch_pool *first(fa_allocator *a)
{
    return atomic_load_explicit(&a->store.scratch_pools, memory_order_acquire);
}

static fa_scratch_pool *find(fa_allocator *a, const char *name)
{
    for (fa_scratch_pool *pool = first(a); pool != NULL; pool = pool->next) {
        fa_mutex_lock(&pool->lock);
        bool found = !pool->destroyed && strcmp(pool->name, name) == 0;
        fa_mutex_unlock(&pool->lock);
        if (found)
            return pool;
    }
    return NULL;
}

static bool name_fits(fa_allocator *a, const char *name)
{
    size_t length = name == NULL ? 0 : strnlen(name, FA_SCRATCH_NAME_MAX + 1);
    if (length >= 1 && length <= FA_SCRATCH_NAME_MAX)
        return true;
    (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the name of a scratch pool has 1 to %d bytes",
                    FA_SCRATCH_NAME_MAX);
    return false;
}

static fa_scratch_pool *make(fa_allocator *a, const char *name)
{
    fa_scratch_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    pool->allocator = a;
    fa_mutex_init(&pool->lock);
    memcpy(pool->name, name, strlen(name));
    return pool;
}

static void dispose(fa_scratch_pool *pool)
{
    fa_ledger_dispose(&pool->ledger);
    fa_mutex_destroy(&pool->lock);
    free(pool);
}

/* Another thread may have made it: the list is searched again under the allocator's lock. */
static fa_scratch_pool *publish(fa_allocator *a, fa_scratch_pool *fresh)
{
    fa_mutex_lock(&a->lock);
    fa_scratch_pool *pool = find(a, fresh->name);
    if (pool == NULL) {
        fresh->next = first(a);
        atomic_store_explicit(&a->store.scratch_pools, fresh, memory_order_release);
    }
    fa_mutex_unlock(&a->lock);
    if (pool != NULL)
        dispose(fresh);
    return pool != NULL ? pool : fresh;
}

fa_scratch_pool *fa_scratch_pool_get(fa_allocator *a, const char *name)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a) || !name_fits(a, name))
        return NULL;
    fa_scratch_pool *pool = find(a, name);
    if (pool != NULL)
        return pool;
    pool = make(a, name);
    if (pool != NULL)
        return publish(a, pool);
    (void)fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "no memory for scratch pool \"%s\"", name);
    return NULL;
}

fa_scratch_pool *fa_scratch_pool_find(fa_allocator *a, const char *name)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a) || !name_fits(a, name))
        return NULL;
    fa_scratch_pool *pool = find(a, name);
    if (pool == NULL)
        (void)fa_fail(FA_ERROR_NOT_FOUND);
    return pool;
}

static fa_status refuse(fa_scratch_pool *pool, fa_status status)
{
    if (pool == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the scratch pool is NULL");
    return fa_refuse(pool->allocator, FA_CODE_STALE, status, "scratch pool \"%s\" was destroyed", pool->name);
}

/* Locks a pool that lives. */
static fa_status enter(fa_scratch_pool *pool)
{
    if (pool == NULL)
        return refuse(pool, FA_ERROR_INVALID_ARGUMENT);
    fa_mutex_lock(&pool->lock);
    if (!pool->destroyed)
        return FA_OK;
    fa_mutex_unlock(&pool->lock);
    return refuse(pool, FA_ERROR_STALE);
}

/* Bytes the request takes at the cursor, padding included. */
static size_t cost(const fa_arena *arena, size_t size, size_t align)
{
    uintptr_t cursor = fa_peek(arena->cursor);
    return fa_round_up(cursor, fa_max(align, FA_GRAIN)) - cursor + fa_round_up(size, FA_GRAIN);
}

/* What is charged in advance covers the block with any padding; the rest is returned. */
static void settle(fa_scratch_pool *pool, fa_lane *lane, uint64_t *granted)
{
    fa_ledger_settle(&pool->ledger, FA_LEDGER_OF_SCRATCH, lane->account.current, fa_arena_used(&pool->arena),
                     fa_arena_live(&pool->arena), granted);
}

static void *bump(fa_scratch_pool *pool, fa_lane *lane, size_t size, size_t align, uint64_t *granted, fa_status *status)
{
    *status = FA_ERROR_OUT_OF_MEMORY;
    size_t used = fa_arena_used(&pool->arena);
    if (pool->limit != 0 && (used > pool->limit || cost(&pool->arena, size, align) > pool->limit - used))
        *status = FA_ERROR_FULL;
    if (*status == FA_ERROR_FULL || !fa_ledger_reserve(&pool->ledger, 1))
        return NULL;
    void *block = fa_arena_bump_aligned(&pool->arena, size, align);
    if (block == NULL)
        return NULL;
    settle(pool, lane, granted);
    pool->peak = fa_max(pool->peak, fa_arena_used(&pool->arena));
    *status = FA_OK;
    return block;
}

/* Fetches a chunk with the lock let go of, and tries again. A chunk that somebody made needless meanwhile goes back. */
static void *bump_in_fresh_chunk(fa_scratch_pool *pool, fa_lane *lane, size_t size, size_t align, uint64_t *granted,
                                 fa_status *status)
{
    size_t payload = fa_round_up(size, FA_GRAIN) + (align > FA_CHUNK_HEADER ? align : 0);
    fa_chunk *chunk;
    *status = fa_chunk_obtain(lane, payload, 0, fa_arena_next_size(lane->allocator, &pool->arena, payload), &chunk);
    if (*status != FA_OK)
        return NULL;
    fa_chunk_disown(lane, chunk);
    fa_mutex_lock(&pool->lock);
    void *block = bump(pool, lane, size, align, granted, status);
    if (block == NULL && !pool->destroyed && *status != FA_ERROR_FULL) {
        fa_arena_add(&pool->arena, chunk);
        chunk = NULL;
        block = bump(pool, lane, size, align, granted, status);
    }
    fa_mutex_unlock(&pool->lock);
    fa_chunk_share(lane->allocator, chunk);
    return block;
}

/* For a checked request. */
static void *take(fa_scratch_pool *pool, fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_tag_node *tag = lane->account.current;
    uint64_t granted = tag == NULL ? 0 : fa_round_up(size, FA_GRAIN) + (align > FA_GRAIN ? align - FA_GRAIN : 0);
    *status = fa_charge_block(lane, granted);
    if (*status != FA_OK)
        return NULL;
    fa_mutex_lock(&pool->lock);
    bool stale = pool->destroyed;
    void *block = stale ? NULL : bump(pool, lane, size, align, &granted, status);
    fa_mutex_unlock(&pool->lock);
    if (stale)
        *status = FA_ERROR_STALE;
    else if (block == NULL && *status != FA_ERROR_FULL)
        block = bump_in_fresh_chunk(pool, lane, size, align, &granted, status);
    if (granted != 0)
        fa_charge_return(tag, granted);
    return block;
}

void *fa_scratch_pool_alloc(fa_scratch_pool *pool, size_t size, size_t align)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (pool == NULL) {
        (void)refuse(pool, FA_ERROR_INVALID_ARGUMENT);
        return NULL;
    }
    fa_lane *lane = fa_lane_get(pool->allocator);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? take(pool, lane, size, align, &status) : NULL;
    if (block == NULL)
        (void)(status == FA_ERROR_STALE  ? refuse(pool, status)
               : status == FA_ERROR_FULL ? fa_fail(status)
                                         : fa_refuse_memory(pool->allocator, status, wanted, align, false));
    return fa_told_allocation(lane, FA_INTENT_SCRATCH, block, wanted);
}

void *fa_scratch_pool_alloc_zeroed(fa_scratch_pool *pool, size_t size, size_t align)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    void *block = fa_scratch_pool_alloc(pool, size, align);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *fa_scratch_pool_alloc_array(fa_scratch_pool *pool, size_t count, size_t size, size_t align)
{
    return fa_scratch_pool_alloc(pool, fa_array_bytes(count, size), align);
}

void *fa_scratch_pool_take_named(fa_lane *lane, const char *name, size_t size, size_t align, fa_status *status)
{
    fa_scratch_pool *pool = find(lane->allocator, name);
    *status = FA_ERROR_NOT_FOUND;
    return pool == NULL ? NULL : take(pool, lane, size, align, status);
}

fa_status fa_scratch_pool_set_limit(fa_scratch_pool *pool, size_t bytes)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    fa_status status = enter(pool);
    if (status != FA_OK)
        return status;
    pool->limit = bytes;
    fa_mutex_unlock(&pool->lock);
    return FA_OK;
}

/* Told with the lock let go of, before anybody can be given the memory again; true once nothing came meanwhile. */
static bool told(fa_scratch_pool *pool, const fa_arena_mark *mark, uint64_t *moment)
{
    const fa_arena *arena = &pool->arena;
    uint64_t now = fa_peek(arena->count) + fa_peek(arena->gone) + 1;
    if (!fa_discards_watched(pool->allocator) || *moment == now)
        return true;
    *moment = now;
    fa_discard d;
    fa_discard_start(&d);
    fa_discard_add_arena(&d, arena, mark);
    fa_mutex_unlock(&pool->lock);
    fa_discard_tell(&d, pool->allocator, (fa_happening){.what = FA_DISCARD_SCRATCH, .intent = FA_INTENT_SCRATCH});
    fa_mutex_lock(&pool->lock);
    return false;
}

/* Has a locked pool that lives tell what a reset is about to take. */
static void tell_reset(fa_scratch_pool *pool)
{
    uint64_t moment = 0;
    while (!pool->destroyed && !told(pool, &(fa_arena_mark){0}, &moment)) {
    }
}

/* Empties a locked pool and returns the chunks it does not keep. */
static fa_chunk *empty(fa_scratch_pool *pool, bool keep_one)
{
    pool->returned += fa_arena_used(&pool->arena);
    fa_arena_spoil(pool->allocator, &pool->arena);
    fa_ledger_clear(&pool->ledger, FA_LEDGER_OF_SCRATCH);
    fa_scratch_marks_reset(&pool->marks);
    return keep_one ? fa_arena_empty(&pool->arena) : fa_arena_detach(&pool->arena);
}

fa_status fa_scratch_pool_reset(fa_scratch_pool *pool)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    fa_status status = enter(pool);
    if (status != FA_OK)
        return status;
    tell_reset(pool);
    fa_chunk *surplus = pool->destroyed ? NULL : empty(pool, true);
    fa_mutex_unlock(&pool->lock);
    fa_chunk_share(pool->allocator, surplus);
    return FA_OK;
}

fa_status fa_scratch_pool_reset_all(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    for (fa_scratch_pool *pool = first(a); pool != NULL; pool = pool->next) {
        fa_mutex_lock(&pool->lock);
        tell_reset(pool);
        fa_chunk *surplus = pool->destroyed ? NULL : empty(pool, true);
        fa_mutex_unlock(&pool->lock);
        fa_chunk_share(a, surplus);
    }
    return FA_OK;
}

fa_status fa_scratch_pool_destroy(fa_scratch_pool *pool)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    fa_status status = enter(pool);
    if (status != FA_OK)
        return status;
    tell_reset(pool);
    pool->destroyed = true;
    fa_chunk *chunks = empty(pool, false);
    fa_mutex_unlock(&pool->lock);
    fa_chunk_share(pool->allocator, chunks);
    return FA_OK;
}

static void read_blocks(const fa_scratch_pool *pool, fa_intent_stats *out)
{
    out->live_bytes += fa_arena_used(&pool->arena);
    out->peak_bytes += pool->peak;
    out->live_count += fa_arena_live(&pool->arena);
    out->allocations += fa_peek(pool->arena.count);
    out->frees += fa_peek(pool->arena.gone);
}

fa_status fa_scratch_pool_get_stats(fa_scratch_pool *pool, fa_scratch_pool_stats *out)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    fa_status status = enter(pool);
    if (status != FA_OK)
        return status;
    fa_scratch_pool_stats stats = FA_SCRATCH_POOL_STATS_INIT;
    memcpy(stats.name, pool->name, sizeof stats.name);
    read_blocks(pool, &stats.blocks);
    stats.scopes = (uint32_t)pool->marks.depth;
    stats.total_bytes = pool->returned + stats.blocks.live_bytes;
    stats.reserved_bytes = fa_arena_footprint(&pool->arena);
    stats.limit = pool->limit;
    stats.resets = pool->marks.resets;
    fa_mutex_unlock(&pool->lock);
    return fa_versioned_write(pool->allocator, out, &stats, sizeof stats);
}

fa_status fa_scratch_pool_list(fa_allocator *a, fa_scratch_pool **pools, size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (pools == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write pools to");
    *total = 0;
    for (fa_scratch_pool *pool = first(a); pool != NULL; pool = pool->next) {
        fa_mutex_lock(&pool->lock);
        bool lives = !pool->destroyed;
        fa_mutex_unlock(&pool->lock);
        if (lives && *total < capacity)
            pools[*total] = pool;
        *total += lives;
    }
    return FA_OK;
}

fa_status fa_scratch_pool_scope_begin(fa_scratch_pool *pool, fa_scratch_scope *scope)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (scope == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the scope to begin is NULL");
    *scope = (fa_scratch_scope)FA_SCRATCH_SCOPE_INIT;
    fa_status status = enter(pool);
    if (status != FA_OK)
        return status;
    fa_scratch_marks_push(&pool->marks, &pool->arena, scope);
    scope->allocator = pool->allocator;
    scope->pool = pool;
    fa_mutex_unlock(&pool->lock);
    return FA_OK;
}

fa_status fa_scratch_pool_scope_end(fa_scratch_scope *scope)
{
    fa_scratch_pool *pool = scope->pool;
    fa_arena_mark mark = fa_scratch_mark_of(scope);
    fa_status status = enter(pool);
    if (status != FA_OK)
        return status;
    fa_chunk *surplus = NULL;
    uint64_t moment = 0;
    do
        status = pool->destroyed ? FA_ERROR_STALE : fa_scratch_marks_check(&pool->marks, scope);
    while (status == FA_OK && !told(pool, &mark, &moment));
    if (status == FA_OK) {
        size_t used = fa_arena_used(&pool->arena);
        surplus = fa_scratch_marks_pop(pool->allocator, &pool->marks, &pool->arena, scope);
        pool->returned += used - fa_arena_used(&pool->arena);
        fa_ledger_settle(&pool->ledger, FA_LEDGER_OF_SCRATCH, NULL, fa_arena_used(&pool->arena),
                         fa_arena_live(&pool->arena), NULL);
    }
    fa_mutex_unlock(&pool->lock);
    fa_chunk_share(pool->allocator, surplus);
    return status;
}

static void read_allocator(fa_allocator *a, fa_stats *out)
{
    for (fa_scratch_pool *pool = first(a); pool != NULL; pool = pool->next) {
        fa_mutex_lock(&pool->lock);
        read_blocks(pool, &out->scratch);
        fa_mutex_unlock(&pool->lock);
    }
}

/* The chunks go with all others. */
static void dispose_all(fa_allocator *a)
{
    for (fa_scratch_pool *pool = first(a), *next; pool != NULL; pool = next) {
        next = pool->next;
        dispose(pool);
    }
}

static void lock_all(fa_allocator *a)
{
    for (fa_scratch_pool *pool = first(a); pool != NULL; pool = pool->next)
        fa_mutex_lock(&pool->lock);
}

static void unlock_all(fa_allocator *a)
{
    for (fa_scratch_pool *pool = first(a); pool != NULL; pool = pool->next)
        fa_mutex_unlock(&pool->lock);
}

const fa_room fa_scratch_pool_room = {
    .allocator_dispose = dispose_all,
    .allocator_stats = read_allocator,
    .allocator_lock = lock_all,
    .allocator_unlock = unlock_all,
};
