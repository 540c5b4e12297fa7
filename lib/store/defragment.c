/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Compaction. A pass goes from the oldest region to the newest; a block goes into the first hole of an older region,
 * or down into the hole in front of it, so that holes gather at the end of regions. Those that become empty go back. A step stops between two blocks, and the
 * next one goes on there, whatever was freed or taken meanwhile. */
#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/versioned.h"
#include "debug/debug.h"
#include "pool/pool.h"
#include "store/handle.h"

#include <framealloc/block.h>

#include <string.h>

/* Relocations are told, and regions released, with the lock let go of; others get it after so many blocks, too. */
enum { BATCH = 64, LOOKED_AT = 2048 };

typedef struct fa_relocation {
    fa_handle handle;
    void *before;
    void *after;
    size_t size;
} fa_relocation;

typedef struct fa_step {
    fa_allocator *allocator;
    uint64_t most_bytes;
    uint64_t deadline; /* UINT64_MAX for none */
    fa_defragmentation done;
    fa_relocation moves[BATCH];
    uint32_t move_count;
    fa_handle_region *emptied[BATCH];
    uint32_t emptied_count;
    uint32_t looked_at;
} fa_step;

/* Fails if the block is pinned. From here to end_move() pins wait. */
static bool begin_move(fa_handle_place *place)
{
    uint64_t word = fa_peek(place->word);
    return (word & FA_HANDLE_PINS) == 0 &&
           atomic_compare_exchange_strong_explicit(&place->word, &word, word | FA_HANDLE_MOVING, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

static void end_move(fa_step *step, fa_handle_place *place, fa_handle_block *block, void *before)
{
    void *after = fa_handle_bytes(block, place->align);
    place->block = block;
    atomic_store_explicit(&place->address, after, memory_order_release);
    atomic_fetch_add_explicit(&place->moves, 1, memory_order_release);
    atomic_fetch_and_explicit(&place->word, ~FA_HANDLE_MOVING, memory_order_release);
    step->moves[step->move_count++] =
        (fa_relocation){fa_handle_id(step->allocator, place), before, after, place->size};
    step->done.moved++;
    step->done.moved_bytes += place->size;
}

/* The hole that a block which is gone lies in by now. */
static fa_handle_block *hole_around(fa_handle_block *block)
{
    fa_handle_block *front = fa_handle_in_front(block);
    return block->before != 0 && front->at + front->units > block->at ? front : block;
}

/* Returns the hole it leaves behind, NULL if its region is empty. */
static fa_handle_block *move_to(fa_step *step, fa_handle_place *place, fa_handle_block *to)
{
    fa_allocator *a = step->allocator;
    fa_handle_block *from = place->block;
    void *before = fa_peek(place->address);
    memcpy(fa_handle_bytes(to, place->align), before, place->size);
    to->place = place->number + 1;
    if (fa_poisoning(a))
        memset(before, FA_FREED_PATTERN, place->size);
    fa_handle_region *emptied = fa_handle_space_give(a, from);
    if (emptied != NULL)
        step->emptied[step->emptied_count++] = emptied;
    end_move(step, place, to, before);
    return emptied == NULL ? hole_around(from) : NULL;
}

static fa_handle_block *slide(fa_step *step, fa_handle_place *place)
{
    void *before = fa_peek(place->address);
    end_move(step, place, fa_handle_space_slide(place->block, place->size, place->align,
                                                fa_poisoning(step->allocator)), before);
    return place->block;
}

/* Moves one block if that helps. Returns the block behind which to go on, NULL if the region is empty. */
static fa_handle_block *consider(fa_step *step, fa_handle_region *region, fa_handle_block *block)
{
    fa_handle_place *place = fa_handle_place_at(step->allocator, block->place - 1);
    if (!begin_move(place)) {
        step->done.pinned++;
        return block;
    }
    fa_handle_block *to = fa_handle_space_take(step->allocator, block->units, region);
    if (to != NULL)
        return move_to(step, place, to);
    if (block->before != 0 && fa_handle_in_front(block)->place == 0)
        return slide(step, place);
    atomic_fetch_and_explicit(&place->word, ~FA_HANDLE_MOVING, memory_order_release);
    return block;
}

static bool spent(const fa_step *step)
{
    return step->done.moved_bytes >= step->most_bytes || fa_os_nanoseconds() >= step->deadline;
}

static bool batch_full(const fa_step *step)
{
    return step->move_count == BATCH || step->emptied_count == BATCH || step->looked_at >= LOOKED_AT;
}

/* The region where the pass goes on, NULL when it is over. Regions made meanwhile wait for the next pass. */
static fa_handle_region *current_region(fa_handle_shared *shared)
{
    for (fa_link *link = shared->regions.next; link != &shared->regions; link = link->next) {
        fa_handle_region *region = fa_container_of(link, fa_handle_region, link);
        if (region->order >= shared->at_region)
            return region->order <= shared->last_region ? region : NULL;
    }
    return NULL;
}

/* The first block at or behind a unit; what was a block's start may be inside another by now. */
static fa_handle_block *block_from(fa_handle_region *region, uint32_t unit)
{
    fa_handle_block *block = fa_handle_first(region);
    while (block != fa_handle_end(region) && block->at < unit)
        block = fa_handle_next(block);
    return block;
}

/* Goes over blocks of one region until it is done, or something stops it. Returns whether it is done. */
static bool sweep(fa_step *step, fa_handle_shared *shared, fa_handle_region *region)
{
    uint32_t start = shared->at_region == region->order ? shared->at_unit : 0;
    shared->at_region = region->order;
    fa_handle_block *block = block_from(region, start);
    while (block != fa_handle_end(region)) {
        step->looked_at++;
        if (block->place != 0)
            block = consider(step, region, block);
        if (block == NULL)
            return true;
        block = fa_handle_next(block);
        shared->at_unit = block == fa_handle_end(region) ? region->units : block->at;
        if (batch_full(step) || spent(step))
            return block == fa_handle_end(region);
    }
    return true;
}

/* Locked: until a limit or the batch ends it. Returns whether the pass is over. */
static bool run(fa_step *step, fa_handle_shared *shared)
{
    if (shared->at_region == 0)
        shared->last_region = shared->regions_made;
    for (;;) {
        fa_handle_region *region = current_region(shared);
        if (region == NULL)
            return true;
        uint64_t order = region->order;
        if (sweep(step, shared, region)) {
            shared->at_region = order + 1;
            shared->at_unit = 0;
        }
        if (batch_full(step) || spent(step))
            return current_region(shared) == NULL;
    }
}

/* With no lock held. */
static void tell(fa_step *step, fa_handle_relocated relocated, void *user)
{
    for (uint32_t i = 0; relocated != NULL && i < step->move_count; i++) {
        const fa_relocation *move = &step->moves[i];
        relocated(user, move->handle, move->before, move->after, move->size);
    }
    for (uint32_t i = 0; i < step->emptied_count; i++) {
        step->done.released_bytes += fa_usable_size(step->allocator, step->emptied[i]);
        fa_handle_region_release(step->allocator, step->emptied[i]);
    }
    step->move_count = 0;
    step->emptied_count = 0;
    step->looked_at = 0;
}

static bool begin(fa_handle_shared *shared, bool anew)
{
    fa_mutex_lock(&shared->lock);
    bool free = !shared->defragmenting;
    shared->defragmenting = true;
    if (free && anew)
        shared->at_region = 0;
    fa_mutex_unlock(&shared->lock);
    return free;
}

static void perform(fa_step *step, fa_handle_shared *shared)
{
    bool over;
    do {
        uint64_t moved = step->done.moved;
        uint64_t bytes = step->done.moved_bytes;
        fa_mutex_lock(&shared->lock);
        over = run(step, shared);
        if (over)
            shared->at_region = 0;
        shared->stats.moved += step->done.moved - moved;
        shared->stats.moved_bytes += step->done.moved_bytes - bytes;
        fa_handle_relocated relocated = shared->relocated;
        void *user = shared->relocated_user;
        fa_mutex_unlock(&shared->lock);
        tell(step, relocated, user);
    } while (!over && !spent(step));
    step->done.finished = over;
    fa_mutex_lock(&shared->lock);
    shared->defragmenting = false;
    fa_mutex_unlock(&shared->lock);
}

static fa_status defragment(fa_allocator *a, uint64_t most_bytes, uint64_t most_nanoseconds, bool anew, fa_defragmentation *out)
{
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_status status = out == NULL ? FA_OK : fa_versioned_check(out, sizeof *out);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the result of a defragmentation has another size");
    fa_handle_shared *shared = &a->store.handles;
    if (!begin(shared, anew))
        return fa_fail(FA_ERROR_BUSY);
    uint64_t start = fa_os_nanoseconds();
    fa_step step = {.allocator = a,
                    .most_bytes = most_bytes == 0 ? UINT64_MAX : most_bytes,
                    .deadline = most_nanoseconds == 0 ? UINT64_MAX : start + most_nanoseconds,
                    .done = FA_DEFRAGMENTATION_INIT};
    perform(&step, shared);
    step.done.nanoseconds = fa_os_nanoseconds() - start;
    return out == NULL ? FA_OK : fa_versioned_write(a, out, &step.done, sizeof step.done);
}

fa_status fa_handle_defragment_step(fa_allocator *a, uint64_t most_bytes, uint64_t most_nanoseconds, fa_defragmentation *out)
{
    FA_ENTER(a);
    return defragment(a, most_bytes, most_nanoseconds, false, out);
}

fa_status fa_handle_defragment(fa_allocator *a, fa_defragmentation *out)
{
    FA_ENTER(a);
    return defragment(a, 0, 0, true, out);
}
