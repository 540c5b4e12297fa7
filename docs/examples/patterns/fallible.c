/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Try forms: skinning matrices come from the frame as long as its cap allows. The try form fails without a report, the
 * heap stands in, and the end of the frame releases what came from there, so that callers need not know.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>

enum { BONES = 64, CROWD_MAX = 120, FRAMES = 100 };

struct matrix {
    float rows[3][4];
};

struct borrowed {
    fa_allocator *allocator;
    uint32_t count;
    void *blocks[CROWD_MAX];
};

static uint32_t from_frame, from_heap, given_back;

static void give_back(void *user)
{
    struct borrowed *borrowed = user;
    for (uint32_t i = 0; i < borrowed->count; i++)
        given_back += fa_release(borrowed->allocator, borrowed->blocks[i]) == FA_OK;
}

/* Taken at the beginning of the frame, while there is room for it. */
static struct borrowed *prepare(fa_allocator *a)
{
    struct borrowed *borrowed = fa_frame_new(a, struct borrowed, 1);
    if (borrowed == NULL)
        return NULL;
    borrowed->allocator = a;
    borrowed->count = 0;
    return fa_frame_cleanup(a, give_back, borrowed) == FA_OK ? borrowed : NULL;
}

static struct matrix *take_matrices(fa_allocator *a, struct borrowed *borrowed)
{
    struct matrix *matrices = fa_frame_try_alloc(a, BONES * sizeof *matrices, 16);
    if (matrices != NULL) {
        from_frame++;
        return matrices;
    }
    if (fa_last_status() != FA_ERROR_FRAME_CAP || borrowed->count == CROWD_MAX)
        return NULL;
    matrices = fa_heap_try_alloc(a, BONES * sizeof *matrices, 16);
    if (matrices == NULL)
        return NULL; /* The caller draws the character without animation. */
    from_heap++;
    borrowed->blocks[borrowed->count++] = matrices;
    return matrices;
}

static uint32_t animate(fa_allocator *a, uint32_t crowd, uint32_t frame)
{
    struct borrowed *borrowed = prepare(a);
    uint32_t animated = 0;
    for (uint32_t i = 0; borrowed != NULL && i < crowd; i++) {
        struct matrix *matrices = take_matrices(a, borrowed);
        if (matrices == NULL)
            continue;
        for (uint32_t bone = 0; bone < BONES; bone++)
            matrices[bone] = (struct matrix){{{1, 0, 0, (float)frame}, {0, 1, 0, (float)bone}, {0, 0, 1, (float)i}}};
        animated++;
    }
    return animated;
}

static void count_report(void *user, const fa_diagnostic *report)
{
    *(uint32_t *)user += report->severity == FA_SEVERITY_ERROR;
}

int main(void)
{
    fa_config config = FA_CONFIG_INIT;
    uint32_t wrong = 0, asked = 0, reports = 0;
    config.frame_cap = 200 << 10;
    fa_allocator *a = fa_allocator_create(&config);
    fa_diagnostic_set_sink(a, count_report, &reports);
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        uint32_t crowd = frame % 25 == 24 ? CROWD_MAX : 20 + frame % 25; /* Now and then a crowd. */
        fa_frame_begin(a);
        wrong += animate(a, crowd, frame) != crowd || fa_frame_used(a) > config.frame_cap;
        fa_frame_end(a);
        asked += crowd;
    }
    wrong += from_frame + from_heap != asked || given_back != from_heap || from_heap == 0 || reports != 0;
    printf("%u characters animated: %u in frames of %zu KiB, %u in the heap, %u of these released\n", asked, from_frame,
           config.frame_cap >> 10, from_heap, given_back);
    fa_allocator_release(a);
    return wrong != 0;
}
