/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stacks of calls, each kept once. */
#ifndef FA_DEBUG_SITE_H
#define FA_DEBUG_SITE_H

#include "core/allocator.h"

typedef struct fa_debug_stack {
    uint32_t depth;
    void *calls[FA_DEBUG_DEPTH_MAX];
} fa_debug_stack;

/* Whether stacks of calls can be had here. */
bool fa_site_supported(void);

/* What the first stack needs is loaded, which takes memory and time. */
void fa_site_prepare(void);

/* The calls that lead to the library, innermost first; none without FA_DEBUG_SITES. With no lock held. */
void fa_site_capture(fa_allocator *a, fa_debug_stack *stack);

/* Its number, 0 if it is empty or there is no room. Locked. */
uint32_t fa_site_number(fa_debug_shared *shared, const fa_debug_stack *stack);

/* NULL for a number that was not given out. Locked. */
fa_debug_site *fa_site_at(const fa_debug_shared *shared, uint32_t number);

/* Names of the innermost functions, "f < g < h"; empty for none. With no lock held. */
void fa_site_brief(fa_allocator *a, uint32_t number, char *buffer, size_t size);

#endif
