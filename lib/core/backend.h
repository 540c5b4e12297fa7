/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory from the backend, counted against the allocator's limit. */
#ifndef FA_CORE_BACKEND_H
#define FA_CORE_BACKEND_H

#include "base/counter.h"
#include "core/meter.h"

#include <framealloc/backend.h>
#include <framealloc/status.h>

#include <stdbool.h>

/* One piece, remembered as it was asked for so that it goes back the same way. */
typedef struct fa_memory {
    unsigned char *base;
    size_t size;
    uint32_t alignment; /* up to 1 GiB */
    bool from_system; /* the backend fell back */
} fa_memory;

typedef struct fa_backend_state {
    fa_backend functions;
    fa_meter meter; /* bytes held, against the budget of the allocator */
    fa_counter granted;
    fa_counter returned;
    fa_counter failures;
    fa_counter fallbacks;
} fa_backend_state;

/* Sets the functions for the configured kind. */
void fa_backend_init(fa_allocator *a);

/* FA_OK, FA_ERROR_OUT_OF_MEMORY, FA_ERROR_MEMORY_LIMIT or FA_ERROR_BACKEND. Tries again after giving unused
 * memory back. May call the user's backend: no lock may be held. */
fa_status fa_backend_take(fa_allocator *a, size_t size, size_t alignment, fa_memory *out);

/* No lock may be held. */
void fa_backend_give(fa_allocator *a, const fa_memory *memory);

#endif
