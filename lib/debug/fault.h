/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory without access, and the handler that says whose it was. */
#ifndef FA_DEBUG_FAULT_H
#define FA_DEBUG_FAULT_H

#include "core/allocator.h"

/* Sets the handler, once for the process. */
void fa_fault_catch(void);

/* Memory that faults from now on, with the blocks that lie in it, newest first; and no longer. Until that, these records,
 * their sites and the allocator stay as they are. The first returns what the second wants, maybe NULL. */
struct fa_fault_place *fa_fault_expect(fa_allocator *a, uintptr_t start, size_t bytes, const fa_debug_record *blocks);
void fa_fault_forget(struct fa_fault_place *place);

#endif
