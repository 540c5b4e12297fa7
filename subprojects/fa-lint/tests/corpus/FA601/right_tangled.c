/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct item {
    struct item *next;
    const char *text;
    int weight;
};

struct list {
    struct item *first;
    int count;
};

static struct item *add(fa_allocator *a, struct list *list, const char *text, int weight)
{
    struct item *item = fa_frame_new(a, struct item, 1);
    if (item == NULL)
        return NULL;
    *item = (struct item){list->first, fa_frame_strdup(a, text), weight};
    list->first = item;
    list->count++;
    return item;
}

static int heaviest(const struct list *list)
{
    int most = 0;
    for (const struct item *item = list->first; item != NULL; item = item->next)
        if (item->weight > most)
            most = item->weight;
    return most;
}

static int one_frame(fa_allocator *a, int seed)
{
    struct list list = {NULL, 0};
    int result = -1;
    if (fa_frame_begin(a) != FA_OK)
        return -1;
    for (int i = 0; i < 8; i++) {
        if ((seed + i) % 3 == 0)
            continue;
        if (add(a, &list, "item", seed * i) == NULL)
            goto out;
    }
    result = heaviest(&list);
out:
    fa_frame_end(a);
    return result;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    int sum = 0;
    for (int i = 0; i < 10; i++) {
        int one = one_frame(a, i);
        if (one < 0)
            break;
        sum += one;
    }
    fa_allocator_release(a);
    return sum < 0;
}
