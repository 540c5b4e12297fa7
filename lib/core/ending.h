/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The end of an allocator: whether other threads are inside, and what calls that come meanwhile are told. */
#ifndef FA_CORE_ENDING_H
#define FA_CORE_ENDING_H

#include "core/allocator.h"

/* A visit that has been counted: whether it may go on. */
bool fa_ending_admits(fa_allocator *a);

/* One that may not: whether that is for good. It is not while somebody only asks. */
bool fa_ending_refuses(const fa_allocator *a);

/* Whether the allocator is about to end, or to turn out whether it does. */
static inline bool fa_ending_begun(const fa_allocator *a)
{
    return fa_peek(a->id) & FA_ALLOCATOR_CLOSING;
}

/* Whether the allocator ends for certain: calls that wait, or want to come in, give up. */
bool fa_ending_decided(const fa_allocator *a);

/* Turns new calls away and waits until those under way have ended. Nobody finds the allocator afterwards. */
void fa_ending_wait(fa_allocator *a);

/* The same if the caller holds the only reference and no other thread is inside a call, else changes nothing. */
bool fa_ending_try(fa_allocator *a);

/* Says who keeps the allocator from ending. */
void fa_ending_describe(fa_allocator *a, char *text, size_t size);

/* In the child of a fork, every lock held: the threads that visited or closed the allocator are gone. False if it was
 * going to end for good, which it now does not. */
bool fa_ending_forked(fa_allocator *a);

#endif
