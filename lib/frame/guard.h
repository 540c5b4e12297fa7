/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory of ended frames that debug mode keeps back without access, so that its use faults. */
#ifndef FA_FRAME_GUARD_H
#define FA_FRAME_GUARD_H

#include "frame/arena.h"

/* Takes a disowned chain of chunks out of use. */
void fa_guard_retire(fa_allocator *a, fa_chunk *newest);

/* Before a frame begins: the empty arena lets go of a chunk from before debug mode wanted whole pages. */
void fa_guard_begin(fa_lane *lane, fa_arena *arena);

/* Gives the oldest to the backend until at most so many bytes are kept. */
void fa_guard_evict(fa_allocator *a, uint64_t keep);

#endif
