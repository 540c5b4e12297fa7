/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_STORE_SCRATCH_POOL_H
#define FA_STORE_SCRATCH_POOL_H

#include "core/rooms.h"

#include <framealloc/scratch_pool.h>

/* Memory of the pool with this name for a checked request; FA_ERROR_NOT_FOUND if there is none. */
void *fa_scratch_pool_take_named(fa_lane *lane, const char *name, size_t size, size_t align, fa_status *status);

/* fa_scratch_scope_begin() and end for pools; the scope is checked. */
fa_status fa_scratch_pool_scope_end(fa_scratch_scope *scope);

extern const fa_room fa_scratch_pool_room;

#endif
