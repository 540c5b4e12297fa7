/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Functions that run when a frame's memory goes. Nodes of users' functions live in that memory. */
#include "core/call.h"
#include "core/report.h"
#include "frame/frame.h"

void fa_cleanup_run(fa_cleanup_node **list, const fa_cleanup_node *until)
{
    /* A function may register another one. */
    while (*list != NULL && *list != until) {
        fa_cleanup_node node = **list;
        *list = node.older;
        node.function(node.user);
    }
}

void fa_cleanup_run_ending(fa_lane *lane)
{
    fa_cleanup_node **ahead = &lane->frame.ahead_cleanups[fa_ahead_slot(fa_frame_current(lane))];
    do {
        fa_cleanup_run(&lane->frame.cleanups, NULL);
        fa_cleanup_run(ahead, NULL);
    } while (lane->frame.cleanups != NULL);
}

static void link_node(fa_cleanup_node **list, fa_cleanup_node *node, fa_cleanup function, void *user)
{
    *node = (fa_cleanup_node){*list, function, user};
    *list = node;
}

void fa_cleanup_link(fa_lane *lane, fa_cleanup_node *node, fa_cleanup function, void *user)
{
    link_node(&lane->frame.cleanups, node, function, user);
    lane->frame.end_work |= FA_END_CLEANUPS;
}

static fa_status check(fa_allocator *a, uint32_t frames_ahead, fa_cleanup function)
{
    if (function == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the cleanup function is NULL");
    if (frames_ahead > FA_FRAMES_AHEAD_MAX)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a cleanup function can look ahead %d frames, not %u", FA_FRAMES_AHEAD_MAX, frames_ahead);
    return FA_OK;
}

fa_status fa_frame_cleanup_ahead(fa_allocator *a, uint32_t frames_ahead, fa_cleanup function, void *user)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_status status = check(a, frames_ahead, function);
    if (status != FA_OK)
        return status;
    fa_cleanup_node *node = fa_frame_take_record(lane, frames_ahead, sizeof *node, &status);
    if (node == NULL)
        return fa_refuse_memory(a, status, sizeof *node, FA_GRAIN, false);
    unsigned slot = fa_ahead_slot(fa_frame_current(lane) + frames_ahead);
    fa_cleanup_node **list = frames_ahead == 0 ? &lane->frame.cleanups : &lane->frame.ahead_cleanups[slot];
    link_node(list, node, function, user);
    lane->frame.end_work |= FA_END_CLEANUPS;
    return FA_OK;
}

fa_status fa_frame_cleanup(fa_allocator *a, fa_cleanup function, void *user)
{
    FA_ENTER(a);
    return fa_frame_cleanup_ahead(a, 0, function, user);
}
