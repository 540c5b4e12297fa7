/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file version.h
 * @brief The version of the headers, of the library, and whether they agree.
 */
#ifndef FRAMEALLOC_VERSION_H
#define FRAMEALLOC_VERSION_H

#include "annotations.h"
#include "status.h"

/** Version of the headers a program was compiled with. Since 1.0. */
#define FA_VERSION_MAJOR 1
#define FA_VERSION_MINOR 0
#define FA_VERSION_PATCH 0
#define FA_VERSION_STRING "1.0.0"

/** A version as one number: major * 1,000,000 + minor * 1,000 + patch. Since 1.0. */
#define FA_VERSION_NUMBER(major, minor, patch) ((uint32_t)((major) * 1000000 + (minor) * 1000 + (patch)))

/** The version of these headers as one number. Since 1.0. */
#define FA_VERSION FA_VERSION_NUMBER(FA_VERSION_MAJOR, FA_VERSION_MINOR, FA_VERSION_PATCH)

/**
 * @brief Version of the loaded library, in the form of FA_VERSION.
 * Errors: none. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_version(void);

/**
 * @brief Version of the loaded library as text, for example "1.0.0".
 * Ownership: the library's, never freed. Errors: none. Thread safety: any thread.
 */
FA_API FA_LEAF FA_NEVER_NULL FA_LIFETIME(process) FA_SINCE(1, 0)
const char *fa_version_string(void);

/**
 * @brief Tells whether a program compiled with headers of @p header_version can use this library.
 *
 * It can when the major version is the same and the library is not older than the headers.
 * @param header_version pass FA_VERSION.
 * @return FA_OK, or FA_ERROR_VERSION. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_version_check(uint32_t header_version);

#endif
