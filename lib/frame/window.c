/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/window.h>

#include "core/call.h"
#include "core/report.h"
#include "frame/frame.h"

#include <stddef.h>

_Static_assert(offsetof(fa_window, cursor) == 0 && offsetof(fa_window, limit) == 8 && offsetof(fa_window, count) == 16 &&
                   sizeof(fa_window) == 64,
               "the window is part of the ABI");

enum { DEFAULT_STRETCH = 65536 };

/* What rewinds is once a rollback has freed the stretch; no lane makes that many. */
#define LOST UINT64_MAX

/* In debug mode the stretch is empty, and every block comes through here. What remains is the place it starts at. */
static void stand_at_cursor(const fa_lane *lane, fa_window *window)
{
    window->cursor = (unsigned char *)fa_peek(lane->frame.arena.cursor);
    window->limit = window->cursor;
    window->rewinds = lane->frame.rewinds;
}

/* Blocks of the stretch are counted, not the stretch. */
static fa_status borrow(fa_lane *lane, fa_window *window, size_t bytes)
{
    fa_status status;
    unsigned char *stretch = fa_frame_take_record(lane, 0, bytes, &status);
    if (stretch == NULL)
        return status;
    window->cursor = stretch;
    window->limit = stretch + fa_round_up(bytes, FA_GRAIN);
    window->rewinds = lane->frame.rewinds;
    if (fa_debugging(lane->allocator)) {
        fa_poke(lane->frame.arena.cursor, (uintptr_t)stretch);
        fa_frame_raise_limit(lane);
        stand_at_cursor(lane, window);
    }
    return FA_OK;
}

static bool is_lost(const fa_lane *lane, const fa_window *window)
{
    return window->rewinds == LOST ||
           (window->rewinds != lane->frame.rewinds && !fa_arena_holds(&lane->frame.arena, window->limit));
}

/* Books the blocks, and takes the unused tail back if nothing lies behind it. */
static void settle(fa_lane *lane, fa_window *window)
{
    fa_arena *arena = &lane->frame.arena;
    fa_arena_count(arena, window->count);
    if (is_lost(lane, window))
        fa_counter_add(&arena->gone, FA_STATISTICS ? window->count : 0);
    window->count = 0;
    if (window->rewinds == lane->frame.rewinds && (uintptr_t)window->limit == fa_peek(arena->cursor)) {
        fa_poke(arena->cursor, (uintptr_t)window->cursor);
        fa_frame_after_shrink(lane);
    }
    window->cursor = NULL;
    window->limit = NULL;
}

fa_status fa_window_open(fa_allocator *a, fa_window *window, size_t stretch)
{
    FA_ENTER(a);
    if (window == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the window to open is NULL");
    *window = (fa_window)FA_WINDOW_INIT;
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    size_t bytes = stretch == 0 ? DEFAULT_STRETCH : stretch;
    fa_status status = fa_request_check(&bytes, FA_GRAIN);
    size_t most = fa_round_down(fa_frame_cap_left(lane), FA_GRAIN);
    if (status == FA_OK && most >= FA_GRAIN)
        bytes = fa_min(bytes, most);
    if (status == FA_OK)
        status = borrow(lane, window, bytes);
    if (status != FA_OK)
        return fa_refuse_memory(a, status, bytes, FA_GRAIN, false);
    window->allocator = a;
    window->epoch = fa_peek(lane->frame.epoch);
    window->stretch = bytes;
    window->lane = lane->id;
    return FA_OK;
}

/* The lane of an open window whose frame still runs. */
static fa_status find_lane(fa_window *window, fa_lane **lane)
{
    *lane = fa_lane_get(window->allocator);
    if (*lane == NULL)
        return fa_last_status();
    if ((*lane)->id != window->lane)
        return fa_refuse(window->allocator, FA_CODE_STALE, FA_ERROR_WRONG_LANE, "the window was opened on another lane");
    if (fa_peek((*lane)->frame.epoch) == window->epoch)
        return FA_OK;
    return fa_refuse(window->allocator, FA_CODE_STALE, FA_ERROR_STALE, "the frame the window was opened in has ended");
}

/* Books what the window has had, and leaves it unusable until it is opened again. */
static fa_status lose(fa_lane *lane, fa_window *window)
{
    settle(lane, window);
    window->rewinds = LOST;
    return fa_refuse(window->allocator, FA_CODE_STALE, FA_ERROR_STALE, "a rollback freed what the window had borrowed");
}

static void *take_debugging(fa_lane *lane, fa_window *window, size_t size, size_t align, fa_status *status)
{
    void *block = fa_frame_take_block(lane, 0, size, align, status);
    stand_at_cursor(lane, window);
    return block;
}

static void *take_from_fresh_stretch(fa_lane *lane, fa_window *window, size_t size, size_t align, fa_status *status)
{
    settle(lane, window);
    if (fa_debugging(lane->allocator))
        return take_debugging(lane, window, size, align, status);
    if (align > FA_GRAIN || size >= window->stretch)
        return fa_frame_take(lane, size, align, status);
    *status = borrow(lane, window, window->stretch);
    if (*status != FA_OK)
        return fa_frame_take(lane, size, align, status);
    unsigned char *block = window->cursor;
    window->cursor += fa_round_up(size, FA_GRAIN);
    window->count++;
    return block;
}

void *fa_window_refill(fa_window *window, size_t size, size_t align)
{
    FA_ENTER(window == NULL ? NULL : window->allocator);
    if (window == NULL || window->allocator == NULL) {
        (void)fa_refuse(NULL, FA_CODE_STALE, FA_ERROR_STALE, "the window is closed");
        return NULL;
    }
    fa_lane *lane;
    if (find_lane(window, &lane) != FA_OK)
        return NULL;
    if (is_lost(lane, window)) {
        (void)lose(lane, window);
        return NULL;
    }
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? take_from_fresh_stretch(lane, window, size, align, &status) : NULL;
    if (block == NULL)
        (void)fa_refuse_memory(window->allocator, status, wanted, align, false);
    return block;
}

fa_status fa_window_close(fa_window *window)
{
    FA_ENTER(window == NULL ? NULL : window->allocator);
    if (window == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the window to close is NULL");
    if (window->allocator == NULL)
        return FA_OK;
    fa_lane *lane;
    fa_status status = find_lane(window, &lane);
    if (status == FA_ERROR_WRONG_LANE)
        return status;
    if (status == FA_OK)
        settle(lane, window);
    *window = (fa_window)FA_WINDOW_INIT;
    return status;
}
