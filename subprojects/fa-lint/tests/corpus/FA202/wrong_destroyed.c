/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void shut_down(fa_allocator *a, fa_barrier boundary)
{
    fa_barrier_destroy(a, boundary);
    fa_barrier_wait(a, boundary); // expect: FA202
}
