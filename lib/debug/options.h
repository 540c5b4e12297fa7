/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_DEBUG_OPTIONS_H
#define FA_DEBUG_OPTIONS_H

#include "core/allocator.h"

/* What configuration and environment ask for. Words of the environment that are none are in wrong, or that is
 * empty. */
fa_debug_options fa_debug_options_at_start(const fa_allocator *a, char *wrong, size_t size);

/* FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_UNSUPPORTED. */
fa_status fa_debug_options_check(const fa_debug_options *options);

/* Puts them in force for an allocator that nobody uses so far. */
void fa_debug_start(fa_allocator *a, const fa_debug_options *options);

#endif
