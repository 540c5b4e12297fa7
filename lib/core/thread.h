/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which lanes the calling thread is on, one for each allocator it uses. */
#ifndef FA_CORE_THREAD_H
#define FA_CORE_THREAD_H

#include "core/lane.h"

/* The thread's lane in the allocator with this id, NULL if none. Proves nothing about the two being alive. */
fa_lane *fa_thread_lane(uint64_t allocator);

/* Sets or, with NULL, clears the thread's lane in a, and what the cache knows. Setting can fail for lack of memory, or
 * because the thread has all but ended; replacing or clearing cannot. */
bool fa_thread_set_lane(fa_allocator *a, fa_lane *lane);

/* Whether the thread is so near its end that it gets no lane any more. */
bool fa_thread_all_but_ended(void);

/* Whether this is the storage of a thread that has not ended, or of one whose storage nobody else has got. */
bool fa_thread_is_there(const fa_thread_cache *cache);

/* Enters every allocator that the thread has a lane of, so that nobody tends one meanwhile; and leaves them. */
void fa_thread_enter_all(void);
void fa_thread_leave_all(void);

/* Has the cache know a lane that the thread is on; and nothing. */
void fa_thread_cache_lane(fa_lane *lane);
void fa_thread_uncache(void);

#endif
