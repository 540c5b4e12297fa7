/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pool blocks, as other rooms take them. */
#ifndef FA_POOL_POOL_H
#define FA_POOL_POOL_H

#include "core/lane.h"

/* Patterns of debug mode. */

/* A block for a checked request; sizes above the threshold go to fa_pool_oversize. */
void *fa_pool_take(fa_lane *lane, size_t size, size_t align, fa_status *status);

/* A block of a pool class. */
void *fa_pool_take_class(fa_lane *lane, unsigned class_index, fa_status *status);

/* Serves what pools do not; set in lib/wiring.c. */
extern void *(*const fa_pool_oversize)(fa_lane *lane, size_t size, size_t align, fa_status *status);

#endif
