/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "coroutine_min.hpp"

job count(fa_allocator *a)
{
    if (fa_frame_begin(a) != FA_OK)
        co_return;
    int *sum = fa_frame_new_zeroed(a, int, 1);
    if (sum != nullptr) {
        co_yield 1;
        *sum += 1; // expect: FA702
    }
    fa_frame_end(a);
}
