/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Frame memory that a budget sent to the heap: released when its frame ends or is rolled back. */
#include "core/rooms.h"
#include "frame/frame.h"

/* In front of the block, in the same heap block. */
struct fa_overflow {
    fa_overflow *older;
    void *block; /* what the heap gave */
    uint64_t serial;
};

void *fa_overflow_take(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status)
{
    size_t offset = fa_round_up(sizeof(fa_overflow), fa_max(align, FA_GRAIN));
    lane->account.forced = true;
    unsigned char *base = fa_frame_overflow(lane, offset + size, fa_max(align, FA_GRAIN), status);
    lane->account.forced = false;
    if (base == NULL)
        return NULL;
    fa_overflow *overflow = (fa_overflow *)(void *)(base + offset - sizeof(fa_overflow));
    fa_overflow **list = &lane->frame.overflow[fa_ahead_slot(fa_frame_current(lane) + frames_ahead)];
    *overflow = (fa_overflow){*list, base, ++lane->frame.overflow_serial};
    *list = overflow;
    lane->frame.end_work |= FA_END_OVERFLOW;
    (void)fa_told_allocation(lane, FA_INTENT_HEAP, base, offset + size);
    return base + offset;
}

void fa_overflow_release(fa_allocator *a, fa_overflow **list, uint64_t until)
{
    while (*list != NULL && (*list)->serial > until) {
        fa_overflow *overflow = *list;
        *list = overflow->older;
        (void)fa_release_own(a, overflow->block);
    }
}

void fa_overflow_release_since(fa_lane *lane, uint64_t serial)
{
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        fa_overflow_release(lane->allocator, &lane->frame.overflow[slot], serial);
}
