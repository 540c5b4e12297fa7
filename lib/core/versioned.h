/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The one checker of structs that start with struct_size. */
#ifndef FA_CORE_VERSIONED_H
#define FA_CORE_VERSIONED_H

#include <framealloc/annotations.h>
#include <framealloc/status.h>

/* Whether a struct of the caller can be read as one of known bytes: at least that large, and zero behind it.
 * FA_OK, FA_ERROR_INVALID_ARGUMENT for NULL, or FA_ERROR_STRUCT_SIZE; sets the last status. */
fa_status fa_versioned_check(const void *theirs, size_t known);

/* Copies a checked struct of the caller into ours. */
void fa_versioned_read(void *ours, size_t known, const void *theirs);

/* Checks the size the caller has set and writes ours there, keeping that size and zeroing what is newer. */
fa_status fa_versioned_write(fa_allocator *a, void *theirs, const void *ours, size_t known);

#endif
