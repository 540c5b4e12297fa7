/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void blur(fa_allocator *a, float *pixels)
{
    float *window = fa_pool_alloc(a, 9 * sizeof *window, 16);
    if (window == NULL)
        return;
    for (int i = 0; i < 65536; i++) {
        window[4] = pixels[i];
        pixels[i] = window[4] / 2;
    }
    fa_release(a, window);
}
