/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One free for every pool or heap block. */
#include "block/release.h"

#include "account/charge.h"
#include "block/find.h"
#include "core/call.h"
#include "core/ending.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/watch.h"
#include "debug/debug.h"
#include "pool/cache.h"
#include "pool/inbox.h"
#include "pool/pool.h"

#include <framealloc/block.h>
#include <framealloc/event.h>

#include <string.h>

static int32_t intent_of(const fa_page *page)
{
    return fa_class_is_heap(page->class_index) ? FA_INTENT_HEAP : FA_INTENT_POOL;
}

static fa_status refuse_full(fa_allocator *a)
{
    return fa_fail(fa_ending_decided(a) ? FA_ERROR_INVALID_ALLOCATOR : FA_ERROR_FULL);
}

static void tell_released(fa_allocator *a, int32_t intent, const void *block, size_t bytes, uint64_t other_lane, uint32_t tag)
{
    if (fa_likely(!(fa_peek(a->watch) & FA_WATCH_RELEASES)))
        return;
    fa_happening happening = {.kind = FA_EVENT_FREE_QUEUED, .intent = intent, .block = block, .bytes = bytes,
                              .other_lane = other_lane, .tag_id = tag == 0 ? 0 : fa_tag_id(a, fa_tag_node_at(a, tag))};
    if (other_lane != 0)
        fa_tell(a, &happening);
    happening.kind = FA_EVENT_FREE;
    fa_tell(a, &happening);
}

/* A block on its way out. */
typedef struct fa_going {
    void *block;      /* what pool or heap gave */
    const void *user; /* what the user had of it, NULL if listeners were told before */
    size_t bytes;     /* of that */
    bool own;         /* the library's: nothing may refuse it */
} fa_going;

static void tell_going(fa_allocator *a, int32_t intent, const fa_going *going, uint64_t other_lane, uint32_t tag)
{
    if (going->user != NULL)
        tell_released(a, intent, going->user, going->bytes, other_lane, tag);
}

static fa_status release_in_page(fa_allocator *a, const fa_found *found, const fa_going *going)
{
    fa_page *page = found->page;
    void *block = going->block;
    fa_lane *lane = fa_lane_if_worthwhile(a);
    fa_place place = page->lane == lane ? FA_PLACE_FREE : fa_inbox_ask(a, lane, page, going->own);
    if (place == FA_PLACE_NONE)
        return refuse_full(a);
    if (page->states != NULL)
        fa_poke(page->states[found->index], FA_BLOCK_FREE);
    if (fa_poisoning(a))
        memset(block, FA_FREED_PATTERN, page->block_size);
    uint32_t tag = page->tags == NULL ? 0 : page->tags[found->index];
    if (tag != 0)
        fa_charge_release(a, tag, page->lane, lane, intent_of(page), page->block_size);
    /* Once the block is sent, the page may go. */
    int32_t intent = intent_of(page);
    uint64_t other_lane = page->lane == lane ? 0 : page->lane->id;
    /* Who is told must not wait for a place in the queue while this block keeps one. */
    if (place != FA_PLACE_TAKEN)
        tell_going(a, intent, going, other_lane, tag);
    if (page->lane != lane) {
        fa_inbox_send_to(place, a, lane, page, block);
    } else {
        fa_page_introduce(lane, page);
        if (!fa_cache_push(&lane->pool.caches[page->class_index], block))
            fa_cache_return(lane, page->class_index, block);
    }
    if (place == FA_PLACE_TAKEN)
        tell_going(a, intent, going, other_lane, tag);
    return FA_OK;
}

static void release_large(fa_allocator *a, fa_large *large, const fa_going *going)
{
    if (fa_poisoning(a))
        memset(going->block, FA_FREED_PATTERN, fa_peek(large->usable));
    tell_going(a, FA_INTENT_HEAP, going, 0, large->tag);
    fa_large_give(a, fa_lane_existing(a), large);
}

static fa_status release_found(fa_allocator *a, const fa_found *found, const fa_going *going)
{
    if (found->large == NULL)
        return release_in_page(a, found, going);
    release_large(a, found->large, going);
    return FA_OK;
}

/* A block in quarantine no longer counts for its tag. */
static void uncharge_kept(fa_allocator *a, const fa_found *found)
{
    fa_lane *lane = fa_lane_existing(a);
    fa_page *page = found->page;
    if (found->large != NULL && found->large->tag != 0) {
        fa_charge_release(a, found->large->tag, found->large->owner, lane, FA_INTENT_HEAP, fa_peek(found->large->usable));
        found->large->tag = 0;
    } else if (page != NULL && page->tags[found->index] != 0) {
        fa_charge_release(a, page->tags[found->index], page->lane, lane, intent_of(page), page->block_size);
        page->tags[found->index] = 0;
    }
}

static int32_t intent_of_found(const fa_found *found)
{
    return found->large != NULL ? FA_INTENT_HEAP : intent_of(found->page);
}

static uint32_t tag_of_found(const fa_found *found)
{
    if (found->large != NULL)
        return found->large->tag;
    return found->page->tags == NULL ? 0 : found->page->tags[found->index];
}

/* A block that debug mode knows. It may be gone as soon as the quarantine has it: what is needed is found before. */
static fa_status release_wrapped(fa_allocator *a, const fa_debug_piece *piece, void *block, bool own)
{
    fa_found found;
    if (fa_block_find(a, piece->base, &found) != FA_OK)
        return fa_refuse(a, FA_CODE_INTERNAL, FA_ERROR_FOREIGN_POINTER, "the memory of the block at %p is gone", block);
    if (!piece->kept) {
        fa_status status = release_found(a, &found, &(fa_going){piece->base, block, piece->size, own});
        if (status == FA_OK)
            fa_debug_settle(a, block);
        else
            fa_debug_restore(a, block);
        return status;
    }
    tell_released(a, intent_of_found(&found), block, piece->size, 0, tag_of_found(&found));
    uncharge_kept(a, &found);
    fa_debug_keep(a, block);
    return FA_OK;
}

void fa_block_give_kept(fa_allocator *a, void *base)
{
    fa_found found;
    if (fa_block_find(a, base, &found) == FA_OK)
        (void)release_found(a, &found, &(fa_going){base, NULL, 0, true});
}

static fa_status release_unknown(fa_allocator *a, void *block, bool own, fa_status status)
{
    fa_debug_piece piece;
    switch (fa_debug_release(a, block, &piece)) {
    case FA_DEBUG_IN_USE:
        status = release_wrapped(a, &piece, block, own);
        fa_debug_evict(a, false);
        return status;
    case FA_DEBUG_GONE: return FA_ERROR_DOUBLE_FREE;
    default: return fa_block_refuse(a, block, status == FA_OK ? FA_ERROR_INTERIOR_POINTER : status);
    }
}

static FA_NOINLINE fa_status release_slow(fa_allocator *a, void *block, bool own)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (block == NULL)
        return FA_OK;
    fa_found found;
    fa_status status = fa_block_find(a, block, &found);
    if (status == FA_OK && fa_debugging(a) && found.page != NULL && !fa_block_page_sound(a, found.page))
        status = FA_ERROR_CORRUPT;
    if (fa_unlikely(fa_debug_knows_any(a)) && (status != FA_OK || fa_found_is_wrapped(&found)))
        return release_unknown(a, block, own, status);
    if (fa_unlikely(status != FA_OK))
        return fa_block_refuse(a, block, status);
    return release_found(a, &found, &(fa_going){block, block, fa_found_usable(&found), own});
}

/* A block of a page that the lane knows as its own goes home without the page being looked at; whatever else the
 * pointer may be, it is not followed before the registry has said what it is. */
/* Free before it is sent, since then it is the owner's. */
static bool send_quickly(fa_lane *lane, const fa_found *found, void *block)
{
    _Atomic uint8_t *states = found->page->states;
    if (states != NULL)
        fa_poke(states[found->index], FA_BLOCK_FREE);
    if (fa_inbox_send_quickly(lane, found->page, block))
        return true;
    if (states != NULL)
        fa_poke(states[found->index], FA_BLOCK_LIVE);
    return false;
}

/* Without a lock, and without anybody to be told. */
static bool release_quickly(fa_allocator *a, fa_lane *lane, void *block)
{
    fa_found found;
    if (lane->watch & FA_WATCH_RELEASES || block == NULL || fa_block_find(a, block, &found) != FA_OK)
        return false;
    if (found.large != NULL)
        return fa_large_give_warm(lane, found.large);
    fa_page *page = found.page;
    if (page->tags != NULL)
        return false;
    if (page->lane != lane)
        return send_quickly(lane, &found, block);
    if (!fa_cache_push(&lane->pool.caches[page->class_index], block))
        return false;
    if (page->states != NULL)
        fa_poke(page->states[found.index], FA_BLOCK_FREE);
    else
        fa_page_introduce(lane, page);
    return true;
}

static FA_COLD void attend(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    if (lane != NULL && lane->pool.unattended != NULL)
        fa_inbox_attend(lane);
}

static FA_NOINLINE fa_status release_listed(fa_allocator *a, void *block, bool own)
{
    fa_lane *lane = fa_call_brief(a);
    bool done = fa_likely(lane != NULL) && release_quickly(a, lane, block);
    bool unattended = lane != NULL && lane->pool.unattended != NULL;
    fa_call_brief_end();
    if (fa_unlikely(unattended))
        attend(a);
    return fa_likely(done) ? FA_OK : release_slow(a, block, own);
}

FA_ALWAYS_INLINE bool take_home(fa_lane *lane, void *block)
{
    uintptr_t page = (uintptr_t)fa_page_of(block);
    uintptr_t class_index = *fa_page_known(lane, page) - page - 1;
    return fa_likely(class_index < FA_CLASSES) && fa_likely(fa_cache_push(&lane->pool.caches[class_index], block));
}

fa_status fa_release(fa_allocator *a, void *block)
{
    fa_lane *lane = fa_call_brief(a);
    bool home = fa_likely(lane != NULL) && take_home(lane, block);
    fa_call_brief_end();
    return fa_likely(home) ? FA_OK : release_listed(a, block, false);
}

fa_status fa_block_release_own(fa_allocator *a, void *block)
{
    return release_listed(a, block, true);
}
