/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory of debug mode itself. */
#ifndef FA_DEBUG_MEMORY_H
#define FA_DEBUG_MEMORY_H

#include "core/allocator.h"

/* Memory that stays until the allocator goes, zeroed, NULL if there is none. Locked. */
void *fa_debug_memory_take(fa_debug_shared *shared, size_t bytes);

void fa_debug_memory_dispose(fa_debug_shared *shared);

#endif
