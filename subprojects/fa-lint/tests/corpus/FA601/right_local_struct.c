/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct query {
    int *hits;
    int count;
};

static int cast(fa_allocator *a, struct query *query)
{
    query->hits = fa_frame_new(a, int, 16);
    query->count = query->hits != NULL ? 16 : 0;
    return query->count;
}

int frame(fa_allocator *a)
{
    struct query query = {NULL, 0};
    int sum = 0;
    FA_FRAME(a) {
        for (int i = 0; i < cast(a, &query); i++)
            sum += i;
    }
    return sum + query.count;
}
