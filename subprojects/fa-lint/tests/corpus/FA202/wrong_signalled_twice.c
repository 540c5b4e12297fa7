/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static fa_barrier boundary;

void finish(fa_allocator *a)
{
    uint64_t generation = 0;
    fa_barrier_signal(a, boundary, &generation);
    (void)fa_frame_new(a, int, 8);
    fa_barrier_signal(a, boundary, &generation); // expect: FA202
}
