/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct node {
    struct node *next;
};

void free_list(fa_allocator *a, struct node *first)
{
    while (first != NULL) {
        struct node *next = first->next;
        fa_release(a, first);
        first = next;
    }
}
