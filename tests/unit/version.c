/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "check.h"

#include <framealloc/framealloc.h>

static void library_and_headers_agree(void)
{
    CHECK_EQ(fa_version(), FA_VERSION);
    CHECK_TEXT(fa_version_string(), FA_VERSION_STRING);
    CHECK_EQ(FA_VERSION, FA_VERSION_MAJOR * 1000000 + FA_VERSION_MINOR * 1000 + FA_VERSION_PATCH);
}

static void string_is_the_number(void)
{
    char text[32];
    uint32_t version = fa_version();
    (void)snprintf(text, sizeof text, "%u.%u.%u", version / 1000000, version / 1000 % 1000, version % 1000);
    CHECK_TEXT(fa_version_string(), text);
}

static void check_accepts_older_headers_of_the_major(void)
{
    CHECK_EQ(fa_version_check(FA_VERSION), FA_OK);
    CHECK_EQ(fa_version_check(FA_VERSION_NUMBER(FA_VERSION_MAJOR, 0, 0)), FA_OK);
}

static void check_refuses_newer_headers(void)
{
    fa_clear_last_status();
    CHECK_EQ(fa_version_check(fa_version() + 1), FA_ERROR_VERSION);
    CHECK_EQ(fa_last_status(), FA_ERROR_VERSION);
    CHECK_EQ(fa_version_check(fa_version() + 1000), FA_ERROR_VERSION);
    CHECK_EQ(fa_version_check(UINT32_MAX), FA_ERROR_VERSION);
}

static void check_refuses_another_major(void)
{
    CHECK_EQ(fa_version_check(0), FA_ERROR_VERSION);
    CHECK_EQ(fa_version_check(FA_VERSION_NUMBER(FA_VERSION_MAJOR - 1, 9, 9)), FA_ERROR_VERSION);
    CHECK_EQ(fa_version_check(FA_VERSION_NUMBER(FA_VERSION_MAJOR + 1, 0, 0)), FA_ERROR_VERSION);
}

CHECK_MAIN(CASE(library_and_headers_agree), CASE(string_is_the_number), CASE(check_accepts_older_headers_of_the_major),
           CASE(check_refuses_newer_headers), CASE(check_refuses_another_major))
