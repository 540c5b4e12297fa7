/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "account/rank.h"

#include "account/tag.h"

#include <stdlib.h>

static bool ranks_lower(fa_tag_rank left, fa_tag_rank right)
{
    return left.bytes != right.bytes ? left.bytes < right.bytes : left.number > right.number;
}

/* The heap has its lowest rank on top. */
static void sift_down(fa_tag_rank *heap, uint32_t count, uint32_t at)
{
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            least = ranks_lower(heap[child], heap[least]) ? child : least;
        if (least == at)
            return;
        fa_tag_rank moved = heap[at];
        heap[at] = heap[least];
        heap[least] = moved;
        at = least;
    }
}

static fa_tag_rank rank_of(fa_allocator *a, uint32_t number)
{
    const fa_tag_node *node = fa_tag_node_at(a, number);
    uint64_t bytes = fa_peek(node->meter.charged);
    bytes = fa_max(bytes, fa_peek(node->meter.peak));
    bytes = fa_max(bytes, fa_peek(node->frame.peak_bytes));
    return (fa_tag_rank){bytes, number};
}

static int by_number(const void *left, const void *right)
{
    uint32_t l = ((const fa_tag_rank *)left)->number;
    uint32_t r = ((const fa_tag_rank *)right)->number;
    return (l > r) - (l < r);
}

void fa_tags_rank(fa_allocator *a, fa_tag_rank *chosen, uint32_t count, uint32_t total)
{
    for (uint32_t i = 0; i < count; i++)
        chosen[i] = (fa_tag_rank){0, i + 1};
    if (count == total)
        return;
    for (uint32_t i = 0; i < count; i++)
        chosen[i] = rank_of(a, i + 1);
    for (uint32_t i = count / 2; i-- > 0;)
        sift_down(chosen, count, i);
    for (uint32_t number = count + 1; number <= total && count != 0; number++) {
        fa_tag_rank rank = rank_of(a, number);
        if (!ranks_lower(chosen[0], rank))
            continue;
        chosen[0] = rank;
        sift_down(chosen, count, 0);
    }
    qsort(chosen, count, sizeof *chosen, by_number);
}
