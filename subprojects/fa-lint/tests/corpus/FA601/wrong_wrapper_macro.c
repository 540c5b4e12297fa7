/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

#define NEW(a, type) fa_frame_new(a, type, 1)
#define TAKE(place, value) ((place) = (value))

struct node {
    struct node *next;
    int value;
};

typedef struct node node_t;

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    node_t *head = NULL;
    fa_frame_begin(a);
    TAKE(head, NEW(a, node_t));
    if (head != NULL)
        head->value = 3;
    fa_frame_end(a);
    int result = head != NULL ? head->value : 0; // expect: FA601
    fa_allocator_release(a);
    return result;
}
