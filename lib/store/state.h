/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the stores keep per allocator. */
#ifndef FA_STORE_STATE_H
#define FA_STORE_STATE_H

#include "base/list.h"
#include "base/slots.h"

/* Guarded by the allocator's lock. */
typedef struct fa_group_shared {
    fa_slots table;
    fa_link groups; /* newest first */
    uint64_t slabs; /* ever made or emptied; no two have the same seal */
} fa_group_shared;

#endif
