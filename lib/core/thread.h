/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which lanes the calling thread is on, one for each allocator it uses. */
#ifndef FA_CORE_THREAD_H
#define FA_CORE_THREAD_H

#include "core/lane.h"

/* The thread's lane in a, NULL if none; refreshes the cache. */
fa_lane *fa_thread_lane(fa_allocator *a);

/* Sets or, with NULL, clears the thread's lane in a. Setting can fail for lack of memory; replacing or clearing cannot. */
bool fa_thread_set_lane(fa_allocator *a, fa_lane *lane);

#endif
