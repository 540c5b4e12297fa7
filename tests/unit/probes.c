/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Static probes without a tracer; tests/observe has those with one. */
#include "capture.h"

static void nobody_traces(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    uint32_t traced = 99;
    fa_status status = fa_probes_update(a, &traced);
    CHECK(status == FA_OK || status == FA_ERROR_UNSUPPORTED);
    CHECK_EQ(traced, 0);
    CHECK_EQ(fa_probes_update(a, NULL), status);
    fa_allocator_release(a);
}

static void bad_input(void)
{
    uint32_t traced = 99;
    CHECK_EQ(fa_probes_update(NULL, &traced), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(traced, 99);
}

CHECK_MAIN(CASE(nobody_traces), CASE(bad_input))
