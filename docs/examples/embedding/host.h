/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What both hosts have in common: the engine's allocator, what it refused, and how much of a budget is used. */
#ifndef HOST_H
#define HOST_H

#include <framealloc/framealloc.h>
#include <stdbool.h>

/* Makes the allocator of the engine. Its first refusal for want of budget is printed, the others are only counted. */
fa_allocator *host_open(void);

/* The tag with a path, within a budget of so many bytes; 0 on failure. */
fa_tag host_limit(fa_allocator *a, const char *path, uint64_t bytes);

/* Prints what a tag with a budget has used. */
void host_print_usage(fa_allocator *a, const char *path);

/* Gives the allocator back; tells if somebody else still holds it. */
bool host_close(fa_allocator *a);

#endif
