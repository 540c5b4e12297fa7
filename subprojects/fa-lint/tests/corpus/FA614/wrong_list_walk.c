/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct node {
    struct node *next;
    int value;
};

void free_list(fa_allocator *a, struct node *first)
{
    for (struct node *node = first; node != NULL; node = node->next) // expect: FA614
        fa_release(a, node);
}
