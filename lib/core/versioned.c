/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/versioned.h"

#include "core/report.h"

#include <string.h>

static uint32_t size_of(const void *versioned)
{
    uint32_t size;
    memcpy(&size, versioned, sizeof size);
    return size;
}

/* No struct of this interface will ever come near this; a larger size is an uninitialised one. */
#define LARGEST_STRUCT 65536u

fa_status fa_versioned_check(const void *theirs, size_t known)
{
    if (theirs == NULL)
        return fa_fail(FA_ERROR_INVALID_ARGUMENT);
    uint32_t size = size_of(theirs);
    if (size < known || size > LARGEST_STRUCT)
        return fa_fail(FA_ERROR_STRUCT_SIZE);
    for (size_t i = known; i < size; i++) {
        if (((const unsigned char *)theirs)[i] != 0)
            return fa_fail(FA_ERROR_STRUCT_SIZE);
    }
    return FA_OK;
}

void fa_versioned_read(void *ours, size_t known, const void *theirs)
{
    uint32_t size = (uint32_t)known;
    memcpy(ours, theirs, known);
    memcpy(ours, &size, sizeof size);
}

fa_status fa_versioned_write(fa_allocator *a, void *theirs, const void *ours, size_t known)
{
    if (theirs == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the struct to fill in is NULL");
    uint32_t size = size_of(theirs);
    if (size < known || size > LARGEST_STRUCT)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_STRUCT_SIZE,
                         "struct_size is %u, this version needs %zu; start from the _INIT macro", size, known);
    memcpy((unsigned char *)theirs + sizeof size, (const unsigned char *)ours + sizeof size, known - sizeof size);
    memset((unsigned char *)theirs + known, 0, size - known);
    return FA_OK;
}
