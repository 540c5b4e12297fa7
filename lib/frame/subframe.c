/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A sub-frame is a checkpoint that is always rolled back, and whose order of ending is checked. */
#include <framealloc/subframe.h>

#include "core/call.h"
#include "core/report.h"
#include "frame/checkpoint.h"

fa_status fa_subframe_begin(fa_allocator *a, fa_subframe *scope)
{
    FA_ENTER(a);
    if (scope == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the sub-frame to write is NULL");
    *scope = 0;
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    /* It could not be ended there. */
    if (lane->frame.end_work & FA_END_RUNNING)
        return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_BUSY, "a cleanup function began a sub-frame");
    *scope = fa_record_open(lane, FA_RECORD_SUBFRAME);
    return *scope == 0 ? fa_last_status() : FA_OK;
}

fa_status fa_subframe_end(fa_allocator *a, fa_subframe scope, size_t *bytes, uint64_t *blocks)
{
    FA_ENTER(a);
    fa_lane *lane;
    fa_checkpoint_record *record;
    fa_status status = fa_record_locate(a, scope, FA_RECORD_SUBFRAME, &lane, &record);
    if (status != FA_OK)
        return status;
    const fa_checkpoint_record *open = fa_record_subframe_within(lane, record);
    if (open != NULL)
        return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "sub-frame %#llx in sub-frame %#llx is open",
                         (unsigned long long)open->id, (unsigned long long)scope);
    fa_frame_extent used = fa_record_extent(lane, record);
    fa_record_undo(lane, record);
    if (bytes != NULL)
        *bytes = (size_t)used.bytes;
    if (blocks != NULL)
        *blocks = used.blocks;
    return FA_OK;
}

void fa_checkpoints_forget(fa_lane *lane)
{
    size_t open = 0;
    for (const fa_checkpoint_record *record = lane->frame.checkpoints; record != NULL; record = record->older)
        open += record->kind == FA_RECORD_SUBFRAME;
    lane->frame.checkpoints = NULL;
    if (open != 0)
        fa_warn(lane->allocator, FA_CODE_SCOPE_LEFT_OPEN, "%zu sub-frames of frame %llu were left open", open,
                (unsigned long long)fa_frame_current(lane));
}
