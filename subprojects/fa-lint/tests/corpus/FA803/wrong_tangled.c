/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

struct queue {
    void *items[2];
    int count;
};

static int push(struct queue *queue, void *item)
{
    if (item == NULL || queue->count == 2)
        return 0;
    queue->items[0] = item;
    queue->count++;
    return 1;
}

static void *pop(struct queue *queue)
{
    if (queue->count == 0)
        return NULL;
    queue->count--;
    return queue->items[0];
}

int run(fa_allocator *a, const int *script)
{
    struct queue queue = {{NULL, NULL}, 0};
    int done = 0;
    for (; *script >= 0; script++) {
        switch (*script) {
        case 0:
            if (!push(&queue, core_take(a, 32)))
                goto out;
            break;
        case 1: {
            void *item = pop(&queue);
            if (item == NULL)
                continue;
            fa_release(a, item); // expect: FA803
            done++;
            goto out;
        }
        default:
            break;
        }
    }
out:
    return done;
}
