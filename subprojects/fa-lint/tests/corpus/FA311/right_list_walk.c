/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct node {
    struct node *next;
    void *data;
};

void attach(fa_allocator *a, struct node *node)
{
    while (node != NULL) {
        node->data = fa_pool_alloc(a, 32, 16);
        node = node->next;
    }
}
