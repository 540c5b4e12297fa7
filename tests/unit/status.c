/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

#include <pthread.h>

enum { LAST_STATUS = FA_ERROR_IO };

static void every_status_has_its_own_message(void)
{
    for (fa_status i = FA_OK; i <= LAST_STATUS; i++) {
        CHECK(strlen(fa_status_message(i)) > 3);
        for (fa_status j = FA_OK; j < i; j++)
            CHECK(strcmp(fa_status_message(i), fa_status_message(j)) != 0);
    }
}

static void unknown_numbers_have_a_message(void)
{
    const fa_status unknown[] = {-1, LAST_STATUS + 1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        REQUIRE(fa_status_message(unknown[i]) != NULL);
        CHECK_TEXT(fa_status_message(unknown[i]), fa_status_message(-1));
    }
    CHECK(strcmp(fa_status_message(-1), fa_status_message(FA_OK)) != 0);
}

static void last_status_stays_until_cleared(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_clear_last_status();
    CHECK_EQ(fa_last_status(), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    fa_clear_last_status();
    CHECK_EQ(fa_last_status(), FA_OK);
    fa_allocator_release(a);
}

static void *status_of_a_fresh_thread(void *a)
{
    CHECK_EQ(fa_last_status(), FA_OK);
    CHECK(fa_frame_try_alloc(a, 1, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    return NULL;
}

static void last_status_is_per_thread(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK(fa_pool_try_alloc(a, 1, opaque_size(3)) == NULL);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, status_of_a_fresh_thread, a) == 0);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(every_status_has_its_own_message), CASE(unknown_numbers_have_a_message),
           CASE(last_status_stays_until_cleared), CASE(last_status_is_per_thread))
