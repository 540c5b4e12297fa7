/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The list of allocators, and the memory of those that have ended. Its lock is the first that anybody takes. */
#ifndef FA_CORE_DIRECTORY_H
#define FA_CORE_DIRECTORY_H

#include "core/allocator.h"

/* Memory for an allocator, NULL if there is none; and back. It is never unmapped: a stale handle finds id 0 there. */
fa_allocator *fa_directory_take_memory(void);
void fa_directory_shelve(fa_allocator *a);

/* Makes a new allocator known, with one reference. */
void fa_directory_enlist(fa_allocator *a);

/* Counts a visit of the allocator with this id, even if it is about to end; NULL if it has ended. */
fa_allocator *fa_allocator_visit_by_id(uint64_t id);

/* Whether the allocator has not ended. The second also says whether a call is under way on one of its lanes. */
bool fa_allocator_listed(uint64_t id);
bool fa_allocator_has_caller_on(const fa_allocator *a, const fa_lane *lane);

/* Takes the allocator off the list if the question, asked with the list locked, is answered with yes. */
bool fa_allocator_unlist(fa_allocator *a, bool (*question)(void *of));

/* Calls a function with the list locked: what lane->cache points to stays. */
void fa_allocators_with_list_locked(void (*function)(void *of), void *of);

/* Once it has returned, nobody looks at what was taken down before (lane->cache) any more. */
void fa_allocators_pass(void);

/* The number of a living allocator other than a of which the question, asked with the list locked, is answered with yes;
 * 0 if there is none. */
uint64_t fa_allocator_other(const fa_allocator *a, bool (*question)(fa_allocator *other, uint64_t about), uint64_t about);

/* The living allocator other than a in whose pages the address lies, as a number to print; 0 if none. */
uint64_t fa_allocator_owning(const fa_allocator *a, uintptr_t address);

/* The fork protocol (core/fork.c) goes over all allocators with every lock held. */
void fa_allocators_lock(void);
void fa_allocators_unlock(void);
void fa_allocators_each(void (*visit)(fa_allocator *a));

/* Takes an allocator off the list for good, its memory with it; the list is locked. */
void fa_allocators_lose(fa_allocator *a);

#endif
