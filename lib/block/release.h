/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_BLOCK_RELEASE_H
#define FA_BLOCK_RELEASE_H

#include "core/allocator.h"

/* Behind fa_release_own(). */
fa_status fa_block_release_own(fa_allocator *a, void *block);

/* Behind fa_debug_give(). */
void fa_block_give_kept(fa_allocator *a, void *base);

#endif
