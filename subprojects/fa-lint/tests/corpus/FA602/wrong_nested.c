/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void mix(fa_allocator *a, int channels, int frames, int taps)
{
    for (int c = 0; c < channels; c++)
        for (int f = 0; f < frames; f++)
            for (int t = 0; t < taps; t++) {
                void *block = fa_heap_alloc(a, 256, 16); // expect: FA602
                fa_release(a, block);
            }
}
