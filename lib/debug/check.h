/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_DEBUG_CHECK_H
#define FA_DEBUG_CHECK_H

#include "core/allocator.h"

/* Reports each damaged block that was not reported; when says how it was found. Returns how many. */
uint64_t fa_debug_check_all(fa_allocator *a, const char *when);

fa_debug_block fa_debug_describe(const fa_debug_record *record);

#endif
