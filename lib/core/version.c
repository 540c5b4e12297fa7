/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/version.h>

#include "core/report.h"

uint32_t fa_version(void)
{
    return FA_VERSION;
}

const char *fa_version_string(void)
{
    return FA_VERSION_STRING;
}

fa_status fa_version_check(uint32_t header_version)
{
    uint32_t major = header_version / 1000000;
    return major == FA_VERSION_MAJOR && header_version <= FA_VERSION ? FA_OK : fa_fail(FA_ERROR_VERSION);
}
