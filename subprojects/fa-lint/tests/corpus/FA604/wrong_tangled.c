/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct result {
    int *values;
    size_t count;
};

static void fill(struct result *result, int seed)
{
    for (size_t i = 0; i < result->count && result->values != NULL; i++)
        result->values[i] = seed * (int)i;
}

static struct result compute(fa_allocator *a, int seed, const fa_retention *how)
{
    struct result result = {NULL, 32};
    result.values = fa_frame_alloc_retained(a, result.count * sizeof(int), 16, how);
    fill(&result, seed);
    return result;
}

static void finish(fa_allocator *a)
{
    fa_frame_end(a);
}

int simulate(fa_allocator *a, int rounds)
{
    fa_retention how = FA_RETENTION_INIT;
    int sum = 0;
    how.policy = FA_RETAIN_TO_SCRATCH;
    how.scratch = "results";
    for (int i = 0; i < rounds; i++) {
        if (fa_frame_begin(a) != FA_OK)
            return -1;
        struct result result = compute(a, i, &how);
        if (result.values != NULL)
            sum += result.values[1];
        finish(a); // expect: FA604
    }
    return sum;
}
