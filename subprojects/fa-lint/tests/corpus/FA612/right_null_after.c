/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct image {
    unsigned char *pixels;
};

static void image_free(fa_allocator *a, struct image *image)
{
    fa_release(a, image->pixels);
    image->pixels = NULL;
}

void show(fa_allocator *a)
{
    struct image image = {fa_heap_alloc(a, 4096, 16)};
    image_free(a, &image);
    image_free(a, &image);
}
