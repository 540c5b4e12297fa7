/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What every request for memory has to satisfy. */
#ifndef FA_CORE_REQUEST_H
#define FA_CORE_REQUEST_H

#include "base/bits.h"

#include <framealloc/config.h>

/* Headers and rounding that the library adds to a request at most, beside its alignment. */
#define FA_REQUEST_SLACK ((size_t)1 << 20)

/* Makes size 0 a size of 1. FA_OK, FA_ERROR_ALIGNMENT or FA_ERROR_SIZE. */
static inline fa_status fa_request_check(size_t *size, size_t align)
{
    if (!fa_is_power_of_two(align) || align > FA_ALIGN_MAX)
        return FA_ERROR_ALIGNMENT;
    if (*size > (size_t)PTRDIFF_MAX - align - FA_REQUEST_SLACK)
        return FA_ERROR_SIZE;
    *size = fa_max(*size, 1);
    return FA_OK;
}

#endif
