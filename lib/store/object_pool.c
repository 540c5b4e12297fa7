/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Objects of one type. Slabs double in size and stay until the pool goes, so a directory of fixed length reaches them
 * all and finding an object takes no lock. Each place has a stamp, odd while an object lives there, which only grows:
 * it is the upper half of the id. Free places and the count are guarded by the allocator's lock. */
#include "core/allocator.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/rooms.h"
#include "core/versioned.h"

#include <framealloc/heap.h>
#include <framealloc/object_pool.h>

enum { FIRST_BITS = 5, SLABS = 26 };

typedef struct place {
    _Atomic uint32_t stamp;
    uint32_t next_free; /* number + 1, 0 for none */
} place;

typedef struct slab {
    uint32_t places_count;
    uintptr_t objects;
    place places[];
} slab;

struct fa_object_pool {
    fa_allocator *allocator;
    fa_object_pool_config config;
    size_t stride;
    uint32_t salt;
    uint32_t last_stamp; /* a place with it retires */
    uint32_t first_free; /* number + 1, 0 for none */
    uint32_t slab_count;
    _Atomic uint32_t count;
    _Atomic(slab *) slabs[SLABS];
};

static slab *slab_at(const fa_object_pool *pool, unsigned index)
{
    return index < SLABS ? atomic_load_explicit(&pool->slabs[index], memory_order_acquire) : NULL;
}

/* The number of the first place of a slab. */
static uint64_t first_of(unsigned index)
{
    return (((uint64_t)1 << index) - 1) << FIRST_BITS;
}

static place *place_at(const fa_object_pool *pool, uint64_t number, void **object)
{
    unsigned index = fa_bit_width((size_t)(number >> FIRST_BITS) + 1) - 1;
    slab *s = slab_at(pool, index);
    if (s == NULL || number - first_of(index) >= s->places_count)
        return NULL;
    size_t at = (size_t)(number - first_of(index));
    *object = (void *)(s->objects + at * pool->stride);
    return &s->places[at];
}

static fa_object_id id_of(const fa_object_pool *pool, uint64_t number, uint32_t stamp)
{
    return (uint64_t)(stamp ^ pool->salt) << 32 | (number + 1);
}

static uint32_t stamp_of(const place *p)
{
    return atomic_load_explicit(&p->stamp, memory_order_acquire);
}

static bool usable(const fa_object_pool *pool)
{
    if (fa_likely(pool != NULL))
        return true;
    (void)fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the object pool is NULL");
    return false;
}

static fa_status check(const fa_object_pool_config *config)
{
    size_t size = config->object_size;
    fa_status status = fa_request_check(&size, config->align);
    if (config->object_size == 0 || config->reuses_maximum > INT32_MAX || config->reserved != 0)
        return FA_ERROR_INVALID_ARGUMENT;
    return status;
}

fa_object_pool *fa_object_pool_create(fa_allocator *a, const fa_object_pool_config *config)
{
    FA_ENTER(a);
    fa_object_pool_config chosen;
    if (!fa_allocator_usable(a) || fa_versioned_check(config, sizeof chosen) != FA_OK)
        return NULL;
    fa_versioned_read(&chosen, sizeof chosen, config);
    fa_status status = check(&chosen);
    if (status != FA_OK) {
        (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "objects of %zu bytes aligned to %zu", chosen.object_size,
                        chosen.align);
        return NULL;
    }
    fa_object_pool *pool = fa_heap_alloc_zeroed(a, sizeof *pool, FA_CACHE_LINE);
    if (pool == NULL)
        return NULL;
    static _Atomic uint32_t pools;
    pool->allocator = a;
    pool->config = chosen;
    pool->stride = fa_round_up(chosen.object_size, chosen.align);
    pool->salt = (atomic_fetch_add_explicit(&pools, 1, memory_order_relaxed) + 1) * 2654435761u;
    pool->last_stamp = chosen.reuses_maximum == 0 ? UINT32_MAX - 1 : chosen.reuses_maximum * 2;
    return pool;
}

/* A place that counts as taken, by number; UINT64_MAX when there is none. */
static uint64_t reserve(fa_object_pool *pool, uint32_t *slabs_seen, fa_status *status)
{
    uint64_t number = UINT64_MAX;
    void *object;
    fa_mutex_lock(&pool->allocator->lock);
    uint32_t count = atomic_load_explicit(&pool->count, memory_order_relaxed);
    *slabs_seen = pool->slab_count;
    *status = FA_OK;
    if (pool->config.maximum != 0 && count >= pool->config.maximum) {
        *status = FA_ERROR_FULL;
    } else if (pool->first_free != 0) {
        number = pool->first_free - 1;
        pool->first_free = place_at(pool, number, &object)->next_free;
        atomic_store_explicit(&pool->count, count + 1, memory_order_relaxed);
    }
    fa_mutex_unlock(&pool->allocator->lock);
    return number;
}

static void unreserve(fa_object_pool *pool, uint64_t number)
{
    void *object;
    place *p = place_at(pool, number, &object);
    fa_mutex_lock(&pool->allocator->lock);
    if (stamp_of(p) != pool->last_stamp) {
        p->next_free = pool->first_free;
        pool->first_free = (uint32_t)number + 1;
    }
    atomic_fetch_sub_explicit(&pool->count, 1, memory_order_relaxed);
    fa_mutex_unlock(&pool->allocator->lock);
}

/* With the lock held. */
static void link_slab(fa_object_pool *pool, slab *fresh)
{
    uint64_t first = first_of(pool->slab_count);
    for (uint32_t i = fresh->places_count; i-- > 0;) {
        fresh->places[i].next_free = pool->first_free;
        pool->first_free = (uint32_t)(first + i) + 1;
    }
    atomic_store_explicit(&pool->slabs[pool->slab_count++], fresh, memory_order_release);
}

static slab *make_slab(fa_object_pool *pool, uint32_t index)
{
    uint32_t count = (uint32_t)1 << (index + FIRST_BITS);
    size_t head = sizeof(slab) + count * sizeof(place) + pool->config.align;
    size_t bytes = fa_array_bytes(count, pool->stride);
    slab *s = fa_heap_alloc_zeroed(pool->allocator, fa_add(bytes, head, &bytes) ? bytes : SIZE_MAX, FA_CACHE_LINE);
    if (s == NULL)
        return NULL;
    s->places_count = count;
    s->objects = fa_round_up((uintptr_t)&s->places[count], pool->config.align);
    return s;
}

/* Adds the slab of this index, unless another thread has done so. */
static fa_status grow(fa_object_pool *pool, uint32_t index)
{
    if (index == SLABS)
        return fa_fail(FA_ERROR_FULL);
    slab *fresh = make_slab(pool, index);
    if (fresh == NULL)
        return fa_last_status();
    fa_mutex_lock(&pool->allocator->lock);
    bool needed = pool->slab_count == index;
    if (needed)
        link_slab(pool, fresh);
    fa_mutex_unlock(&pool->allocator->lock);
    if (!needed)
        (void)fa_release_own(pool->allocator, fresh);
    return FA_OK;
}

static fa_status reserve_or_grow(fa_object_pool *pool, uint64_t *number)
{
    uint32_t slabs_seen;
    fa_status status;
    while ((*number = reserve(pool, &slabs_seen, &status)) == UINT64_MAX) {
        if (status != FA_OK)
            return fa_fail(status);
        status = grow(pool, slabs_seen);
        if (status != FA_OK)
            return status;
    }
    return FA_OK;
}

void *fa_object_pool_take(fa_object_pool *pool, fa_object_id *id)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    uint64_t number;
    void *object = NULL;
    if (!usable(pool) || reserve_or_grow(pool, &number) != FA_OK)
        return NULL;
    place *p = place_at(pool, number, &object);
    fa_status status = pool->config.constructor != NULL ? pool->config.constructor(pool->config.user, object) : FA_OK;
    if (status != FA_OK) {
        unreserve(pool, number);
        (void)fa_fail(status);
        return NULL;
    }
    uint32_t stamp = stamp_of(p) + 1;
    if (id != NULL)
        *id = id_of(pool, number, stamp);
    atomic_store_explicit(&p->stamp, stamp, memory_order_release);
    return object;
}

/* False if there is no object of this stamp any more: another has ended it. */
static bool end(fa_object_pool *pool, uint64_t number, place *p, uint32_t stamp, void *object)
{
    if (stamp % 2 == 0 || !atomic_compare_exchange_strong_explicit(&p->stamp, &stamp, stamp + 1, memory_order_acq_rel,
                                                                   memory_order_relaxed))
        return false;
    if (pool->config.destructor != NULL)
        pool->config.destructor(pool->config.user, object);
    unreserve(pool, number);
    return true;
}

fa_status fa_object_pool_give(fa_object_pool *pool, fa_object_id id)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    void *object;
    if (!usable(pool))
        return FA_ERROR_INVALID_ARGUMENT;
    uint64_t number = (uint64_t)(uint32_t)id - 1;
    place *p = (uint32_t)id != 0 ? place_at(pool, number, &object) : NULL;
    if (p != NULL && end(pool, number, p, (uint32_t)(id >> 32) ^ pool->salt, object))
        return FA_OK;
    return fa_refuse(pool->allocator, FA_CODE_BAD_HANDLE, FA_ERROR_STALE, "%#llx is no object of this pool",
                     (unsigned long long)id);
}

/* FA_OK with the number of the place at the address, or what is wrong with it. */
static fa_status locate(const fa_object_pool *pool, uintptr_t address, uint64_t *number)
{
    slab *s;
    for (unsigned i = 0; (s = slab_at(pool, i)) != NULL; i++) {
        if (address < s->objects || address - s->objects >= s->places_count * pool->stride)
            continue;
        *number = first_of(i) + (address - s->objects) / pool->stride;
        return (address - s->objects) % pool->stride == 0 ? FA_OK : FA_ERROR_INTERIOR_POINTER;
    }
    return FA_ERROR_FOREIGN_POINTER;
}

static fa_status refuse_object(fa_object_pool *pool, const void *object, fa_status status)
{
    int32_t code = status == FA_ERROR_DOUBLE_FREE         ? FA_CODE_DOUBLE_FREE
                   : status == FA_ERROR_INTERIOR_POINTER ? FA_CODE_INTERIOR_POINTER
                                                         : FA_CODE_FOREIGN_POINTER;
    return fa_refuse(pool->allocator, code, status, "%p is no live object of this pool", object);
}

fa_status fa_object_pool_give_object(fa_object_pool *pool, void *object)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    uint64_t number;
    void *found;
    if (!usable(pool))
        return FA_ERROR_INVALID_ARGUMENT;
    if (object == NULL)
        return FA_OK;
    fa_status status = locate(pool, (uintptr_t)object, &number);
    if (status != FA_OK)
        return refuse_object(pool, object, status);
    place *p = place_at(pool, number, &found);
    return end(pool, number, p, stamp_of(p), object) ? FA_OK : refuse_object(pool, object, FA_ERROR_DOUBLE_FREE);
}

/* NULL for an id that is not live. */
static void *find_object(const fa_object_pool *pool, fa_object_id id)
{
    void *object = NULL;
    place *p = (uint32_t)id != 0 ? place_at(pool, (uint32_t)id - 1, &object) : NULL;
    uint32_t stamp = (uint32_t)(id >> 32) ^ pool->salt;
    if (p != NULL && stamp % 2 == 1 && stamp_of(p) == stamp)
        return object;
    return NULL;
}

static FA_NOINLINE void *get_slow(const fa_object_pool *pool, fa_object_id id)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (!usable(pool))
        return NULL;
    void *object = find_object(pool, id);
    if (object == NULL)
        (void)fa_fail(FA_ERROR_STALE);
    else
        (void)fa_lane_if_worthwhile(pool->allocator);
    return object;
}

void *fa_object_pool_get(const fa_object_pool *pool, fa_object_id id)
{
    void *object = pool != NULL && fa_call_brief(pool->allocator) != NULL ? find_object(pool, id) : NULL;
    fa_call_brief_end();
    return fa_likely(object != NULL) ? object : get_slow(pool, id);
}

fa_object_id fa_object_pool_id_of(const fa_object_pool *pool, const void *object)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    uint64_t number;
    void *found;
    if (!usable(pool))
        return 0;
    fa_status status = locate(pool, (uintptr_t)object, &number);
    if (status == FA_OK) {
        uint32_t stamp = stamp_of(place_at(pool, number, &found));
        if (stamp % 2 == 1)
            return id_of(pool, number, stamp);
        status = FA_ERROR_DOUBLE_FREE;
    }
    (void)fa_fail(status);
    return 0;
}

uint32_t fa_object_pool_count(const fa_object_pool *pool)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    return pool != NULL ? atomic_load_explicit(&pool->count, memory_order_relaxed) : 0;
}

uint32_t fa_object_pool_maximum(const fa_object_pool *pool)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    return pool != NULL ? pool->config.maximum : 0;
}

void *fa_object_pool_next(const fa_object_pool *pool, uint64_t *cursor, fa_object_id *id)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (!usable(pool) || cursor == NULL || *cursor > UINT32_MAX)
        return NULL;
    unsigned index = fa_bit_width((size_t)(*cursor >> FIRST_BITS) + 1) - 1;
    for (slab *s; (s = slab_at(pool, index)) != NULL; index++) {
        uint64_t first = first_of(index);
        for (size_t at = (size_t)(*cursor - first); at < s->places_count; at++) {
            uint32_t stamp = stamp_of(&s->places[at]);
            if (stamp % 2 == 0)
                continue;
            *cursor = first + at + 1;
            if (id != NULL)
                *id = id_of(pool, first + at, stamp);
            return (void *)(s->objects + at * pool->stride);
        }
        *cursor = first_of(index + 1);
    }
    return NULL;
}

fa_status fa_object_pool_each(fa_object_pool *pool, fa_object_visit visit, void *user)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (!usable(pool) || visit == NULL)
        return fa_fail(FA_ERROR_INVALID_ARGUMENT);
    uint64_t cursor = 0;
    fa_object_id id = 0;
    fa_status status = FA_OK;
    for (void *object; status == FA_OK && (object = fa_object_pool_next(pool, &cursor, &id)) != NULL;)
        status = visit(user, id, object);
    return status;
}

fa_status fa_object_pool_clear(fa_object_pool *pool)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (!usable(pool))
        return FA_ERROR_INVALID_ARGUMENT;
    uint64_t cursor = 0;
    fa_object_id id = 0;
    for (void *object, *found; (object = fa_object_pool_next(pool, &cursor, &id)) != NULL;) {
        uint64_t number = (uint32_t)id - 1;
        (void)end(pool, number, place_at(pool, number, &found), (uint32_t)(id >> 32) ^ pool->salt, object);
    }
    return FA_OK;
}

fa_status fa_object_pool_destroy(fa_object_pool *pool)
{
    FA_ENTER(pool == NULL ? NULL : pool->allocator);
    if (pool == NULL)
        return FA_OK;
    (void)fa_object_pool_clear(pool);
    uint32_t left = fa_object_pool_count(pool);
    if (left != 0)
        return fa_refuse(pool->allocator, FA_CODE_WRONG_STATE, FA_ERROR_STATE, "%u objects are still there", left);
    fa_allocator *a = pool->allocator;
    slab *s;
    for (unsigned i = 0; (s = slab_at(pool, i)) != NULL; i++)
        (void)fa_release_own(a, s);
    return fa_release_own(a, pool);
}
