/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

enum { WIDTH = 64, HEIGHT = 64 };

void shade(fa_allocator *a, unsigned *image)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            unsigned *ray = fa_pool_alloc(a, 4 * sizeof *ray, 16); // expect: FA602
            if (ray == NULL)
                continue;
            ray[0] = image[y * WIDTH + x];
            image[y * WIDTH + x] = ray[0] * 3;
            fa_release(a, ray);
        }
    }
}
