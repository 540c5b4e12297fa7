/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What traces and snapshots ask before they write. */
#ifndef FA_OBSERVE_FILE_H
#define FA_OBSERVE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the process may have a file of so many bytes; writing more would end it by a signal. */
bool fa_file_allowed(uint64_t length);

/* A path that stays right when the program goes elsewhere. errno, 0 for success. */
int fa_file_absolute(const char *path, char *out, size_t size);

#endif
