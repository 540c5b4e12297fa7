/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

#include <pthread.h>

static capture reports;

static fa_allocator *attached(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
    CHECK_EQ(fa_engine_attach(a, "Toy"), FA_OK);
    return a;
}

static fa_engine_info info_of(fa_allocator *a)
{
    fa_engine_info info = FA_ENGINE_INFO_INIT;
    CHECK_EQ(fa_engine_get_info(a, &info), FA_OK);
    return info;
}

static void hooks_drive_frames(void)
{
    fa_allocator *a = attached();
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
        CHECK(fa_frame_alloc(a, 100, 16) != NULL);
        CHECK_EQ(fa_engine_post_frame(a), FA_OK);
        CHECK_EQ(fa_engine_tick(a), FA_OK);
    }
    fa_engine_info info = info_of(a);
    CHECK_EQ(info.ticks, 5);
    CHECK_EQ(info.pre_frames, 5);
    CHECK_EQ(info.post_frames, 5);
    CHECK_EQ(info.missed, 0);
    CHECK_TEXT(info.name, "Toy");
    CHECK_EQ(fa_frame_number(a), 5);
    CHECK_EQ(atomic_load(&reports.reports), 0);
    CHECK_EQ(fa_engine_detach(a), FA_OK);
    CHECK_EQ(info_of(a).attached, 0);
    CHECK_EQ(fa_engine_tick(a), FA_ERROR_NOT_FOUND);
    fa_allocator_release(a);
}

static void engines_that_never_tick(void)
{
    fa_allocator *a = attached();
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
        CHECK_EQ(fa_engine_post_frame(a), FA_OK);
    }
    CHECK_EQ(atomic_load(&reports.reports), 0);
    CHECK_EQ(info_of(a).ticks, 4);
    fa_allocator_release(a);
}

static void hooks_that_were_never_registered(void)
{
    fa_allocator *a = attached();
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    CHECK_EQ(reports.by_code[FA_CODE_ENGINE_NOT_HOOKED], 2);
    CHECK_TEXT(reports.note,
               "the post-frame hook of Toy has never run by turn 1 of its loop (on thread \"unit-engine\", before its first frame)");
    CHECK_EQ(info_of(a).missed, 2);
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    CHECK_EQ(reports.by_code[FA_CODE_ENGINE_NOT_HOOKED], 3);
    CHECK_EQ(reports.by_code[FA_CODE_ENGINE_HOOK_MISSED], 0);
    fa_allocator_release(a);
}

/* The program drives its frames by hand, and has forgotten the hooks. */
static void frames_by_hand_show_it(void)
{
    fa_allocator *a = attached();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(reports.by_code[FA_CODE_ENGINE_NOT_HOOKED], 2);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void *run_frames(void *user)
{
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(fa_frame_begin(user), FA_OK);
        CHECK_EQ(fa_frame_end(user), FA_OK);
    }
    return NULL;
}

static void frames_of_workers_are_their_own(void)
{
    pthread_t worker;
    fa_allocator *a = attached();
    REQUIRE(pthread_create(&worker, NULL, run_frames, a) == 0);
    (void)pthread_join(worker, NULL);
    CHECK_EQ(atomic_load(&reports.reports), 0);
    fa_allocator_release(a);
}

static void hooks_that_are_left_out(void)
{
    fa_allocator *a = attached();
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(fa_engine_post_frame(a), FA_OK);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    CHECK_EQ(capture_code(&reports), FA_CODE_ENGINE_HOOK_MISSED);
    CHECK_TEXT(reports.note, "the post-frame hook of Toy did not run in turn 2 of its loop (on thread \"unit-engine\", in frame 2)");
    /* The frame that was left running ends, and the next one begins. */
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(fa_frame_number(a), 3);
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(capture_code(&reports), FA_CODE_ENGINE_HOOK_MISSED);
    CHECK_EQ(fa_frame_number(a), 4);
    CHECK_EQ(fa_engine_post_frame(a), FA_OK);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    CHECK_EQ(capture_code(&reports), 0);
    CHECK_EQ(fa_engine_post_frame(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    CHECK_EQ(reports.by_code[FA_CODE_ENGINE_HOOK_MISSED], 3);
    CHECK(strncmp(reports.note, "the pre-frame hook of Toy did not run in turn 5", 47) == 0);
    fa_allocator_release(a);
}

static void a_frame_by_hand_is_not_ended(void)
{
    fa_allocator *a = attached();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_engine_pre_frame(a), FA_ERROR_FRAME_ACTIVE);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void misuse_is_refused(void)
{
    char longest[FA_ENGINE_NAME_MAX + 2];
    fa_allocator *a = attached();
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    CHECK_EQ(fa_engine_attach(a, "Other"), FA_ERROR_EXISTS);
    CHECK_EQ(fa_engine_detach(a), FA_OK);
    CHECK_EQ(fa_engine_detach(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_engine_pre_frame(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_engine_post_frame(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_engine_attach(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_engine_attach(a, ""), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_engine_attach(a, longest), FA_ERROR_INVALID_ARGUMENT);
    longest[FA_ENGINE_NAME_MAX] = '\0';
    CHECK_EQ(fa_engine_attach(a, longest), FA_OK);
    CHECK_TEXT(info_of(a).name, longest);
    CHECK_EQ(fa_engine_get_info(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_engine_attach(NULL, "Toy"), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_engine_tick(NULL), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(hooks_drive_frames), CASE(engines_that_never_tick), CASE(hooks_that_were_never_registered),
           CASE(frames_by_hand_show_it), CASE(frames_of_workers_are_their_own), CASE(hooks_that_are_left_out),
           CASE(a_frame_by_hand_is_not_ended), CASE(misuse_is_refused))
