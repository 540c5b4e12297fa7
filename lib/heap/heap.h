/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Heap blocks, as other rooms take them. */
#ifndef FA_HEAP_HEAP_H
#define FA_HEAP_HEAP_H

#include "core/lane.h"

/* A tracked block for a checked request, from a page or with memory of its own. */
void *fa_heap_take(fa_lane *lane, size_t size, size_t align, fa_status *status);

/* One that no leak report names. */
void *fa_heap_take_for_good(fa_lane *lane, size_t size, size_t align, fa_status *status);

/* Reports blocks that were never released, for debug mode. */
void fa_heap_report_leaks(fa_allocator *a);

#endif
