/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Does known things for whoever traces it, and says how many probes are traced. */
#include <framealloc/framealloc.h>

#include <stdio.h>

enum { FRAMES = 3, BLOCKS = 5 };

static void ignore(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

int main(void)
{
    int failed = 0;
    fa_allocator *a = fa_allocator_create(NULL);
    failed += fa_diagnostic_set_sink(a, ignore, NULL) != FA_OK;
    for (int frame = 0; frame < FRAMES; frame++) {
        failed += fa_frame_begin(a) != FA_OK;
        failed += fa_phase_begin(a, "physics") != FA_OK;
        for (int i = 0; i < BLOCKS; i++)
            failed += fa_frame_alloc(a, 100, 16) == NULL;
        failed += fa_phase_end(a) != FA_OK;
        void *block = fa_pool_alloc(a, 64, 16);
        failed += fa_release(a, block) != FA_OK;
        failed += fa_frame_end(a) != FA_OK;
    }
    failed += fa_frame_end(a) != FA_ERROR_NO_FRAME;
    uint32_t traced = 0;
    failed += fa_probes_update(a, &traced) != FA_OK;
    fa_allocator_release(a);
    (void)printf("%d calls failed, %u probes are traced\n", failed, traced);
    return failed != 0;
}
