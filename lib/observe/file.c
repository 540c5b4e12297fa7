/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/file.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

bool fa_file_allowed(uint64_t length)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= length;
}

int fa_file_absolute(const char *path, char *out, size_t size)
{
    size_t length = 0;
    if (path[0] != '/') {
        if (getcwd(out, size) == NULL)
            return errno == ERANGE ? ENAMETOOLONG : errno;
        length = strlen(out);
        if (length + 1 < size)
            out[length++] = '/';
    }
    if (strlen(path) >= size - length)
        return ENAMETOOLONG;
    memcpy(out + length, path, strlen(path) + 1);
    return 0;
}
