/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct item {
    void *data;
    int owned;
};

static struct item make(fa_allocator *a, size_t size, int owned)
{
    struct item item = {NULL, owned};
    item.data = owned ? fa_pool_alloc(a, size, 16) : fa_frame_alloc(a, size, 16);
    return item;
}

static void drop(fa_allocator *a, struct item *item)
{
    if (item->owned)
        fa_release(a, item->data);
    item->data = NULL;
}

int both(fa_allocator *a)
{
    struct item items[2] = {make(a, 16, 1), make(a, 16, 0)};
    int there = items[0].data != NULL && items[1].data != NULL;
    for (int i = 0; i < 2; i++)
        drop(a, &items[i]);
    return there;
}
