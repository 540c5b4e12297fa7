/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct node {
    struct node *children[2];
    int *weights;
};

static struct node *make(fa_allocator *a, int depth)
{
    struct node *node = fa_pool_new(a, struct node);
    if (node == NULL)
        return NULL;
    node->children[0] = depth > 0 ? make(a, depth - 1) : NULL;
    node->children[1] = NULL;
    node->weights = NULL;
    return node;
}

static void train(fa_allocator *a, struct node *node, int rounds)
{
    fa_retention how = FA_RETENTION_INIT;
    for (int i = 0; i < rounds; i++) {
        if (fa_frame_begin(a) != FA_OK)
            return;
        int *weights = fa_frame_alloc_retained(a, 64, 16, &how);
        if (weights != NULL) {
            weights[0] = i;
            if (node->weights == NULL || i % 2)
                node->weights = weights; // expect: FA605
        }
        fa_frame_end(a);
    }
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct node *root = make(a, 3);
    if (root != NULL)
        train(a, root, 5);
    fa_allocator_release(a);
    return 0;
}
