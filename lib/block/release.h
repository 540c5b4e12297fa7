/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_BLOCK_RELEASE_H
#define FA_BLOCK_RELEASE_H

#include "core/allocator.h"

/* fa_release() of a block that no user has in hand, so that nobody could try again: no full queue refuses it. */
fa_status fa_release_own(fa_allocator *a, void *block);

#endif
