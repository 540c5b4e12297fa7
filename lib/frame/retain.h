/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Retained blocks of the lane's frames. */
#ifndef FA_FRAME_RETAIN_H
#define FA_FRAME_RETAIN_H

#include "frame/frame.h"

/* The frame ends without promotions: its retained blocks are reported and go with it. */
void fa_retained_expire(fa_lane *lane);

/* Forgets what was retained since a serial number. */
void fa_retained_forget_since(fa_lane *lane, uint64_t serial);

bool fa_retained_any(const fa_lane *lane);

void fa_promoted_dispose(fa_lane *lane);

/* Where promoted blocks go: a place in a pool, in the heap, in the heap for good, in a named scratch pool. Set in
 * lib/wiring.c. */
typedef struct fa_promoter {
    void *(*to_pool)(fa_lane *lane, size_t size, size_t align, fa_status *status);
    void *(*to_heap)(fa_lane *lane, size_t size, size_t align, fa_status *status);
    void *(*to_leak)(fa_lane *lane, size_t size, size_t align, fa_status *status);
    void *(*to_scratch)(fa_lane *lane, const char *name, size_t size, size_t align, fa_status *status);
} fa_promoter;

extern const fa_promoter fa_promote;

#endif
