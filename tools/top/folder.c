/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* snapshot-20261121T070411.123456Z-PID-ALLOCATOR.json */
static bool parse(const char *name, series *out)
{
    int end = 0;
    if (strlen(name) >= NAME_SIZE ||
        sscanf(name, "snapshot-%*8[0-9]T%*6[0-9].%*6[0-9]Z-%llu-%llu.json%n", &out->pid, &out->allocator, &end) != 2)
        return false;
    (void)snprintf(out->newest, sizeof out->newest, "%s", name);
    return end != 0 && name[end] == '\0';
}

bool same_series(const series *left, const series *right)
{
    return left->pid == right->pid && left->allocator == right->allocator;
}

bool series_lives(const series *of)
{
    return of->pid != 0 && of->pid <= INT_MAX && (kill((pid_t)of->pid, 0) == 0 || errno != ESRCH);
}

static int newest_first(const void *left, const void *right)
{
    return strcmp(((const series *)right)->newest, ((const series *)left)->newest);
}

/* With more than fit, the oldest goes. */
static int add_series(series *out, int count, const series *found)
{
    int at = 0;
    while (at < count && !same_series(&out[at], found))
        at++;
    if (at < count) {
        if (strcmp(found->newest, out[at].newest) > 0)
            out[at] = *found;
        return count;
    }
    if (count == SERIES_MAX)
        qsort(out, (size_t)count--, sizeof *out, newest_first);
    out[count] = *found;
    return count + 1;
}

int folder_series(const char *folder, series *out)
{
    DIR *listing = opendir(folder);
    if (listing == NULL)
        return -1;
    int count = 0;
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        series found;
        if (parse(entry->d_name, &found))
            count = add_series(out, count, &found);
    }
    (void)closedir(listing);
    qsort(out, (size_t)count, sizeof *out, newest_first);
    return count;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(left, right);
}

int folder_files_since(const char *folder, const series *of, const char *last, char (*out)[NAME_SIZE])
{
    DIR *listing = opendir(folder);
    int count = 0;
    if (listing == NULL)
        return 0;
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        series found;
        if (!parse(entry->d_name, &found) || !same_series(&found, of) || strcmp(found.newest, last) <= 0)
            continue;
        if (count == FILES_MAX) {
            qsort(out, FILES_MAX, NAME_SIZE, by_name);
            memmove(out, out + 1, (FILES_MAX - 1) * NAME_SIZE);
            count--;
        }
        memcpy(out[count++], found.newest, NAME_SIZE);
    }
    (void)closedir(listing);
    qsort(out, (size_t)count, NAME_SIZE, by_name);
    return count;
}

int folder_request(const char *folder, const char *request_file, const series *of)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s.%llu-%llu", folder, request_file, of->pid, of->allocator) >= PATH_MAX)
        return ENAMETOOLONG;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    return file < 0 || close(file) != 0 ? errno : 0;
}
