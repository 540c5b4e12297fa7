/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Snapshots in their folder. */
#include "observe/snapshot.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* snapshot-20261121T070411.123456Z-PID-ALLOCATOR.json, and .NAME.tmp until it is whole. */
#define PREFIX "snapshot-"
#define SUFFIX ".json"
#define UNFINISHED_SUFFIX ".json.tmp"
enum { NAME_SIZE = 160, OLDEST = 16 };

static void name_file(fa_allocator *a, uint64_t stamp, char name[static NAME_SIZE])
{
    char time[FA_SNAPSHOT_TIME_SIZE];
    fa_snapshot_describe_time(stamp, true, time);
    (void)snprintf(name, NAME_SIZE, PREFIX "%s-%ld-%llu" SUFFIX, time, (long)getpid(),
                   (unsigned long long)fa_allocator_number(a));
}

/* Whose a file is. */
typedef struct fa_snapshot_writer {
    uint64_t pid;
    uint64_t allocator;
} fa_snapshot_writer;

/* d stands for a digit, anything else for itself. */
static const char *skip_pattern(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++) {
        if (*pattern == 'd' ? !isdigit((unsigned char)*text) : *text != *pattern)
            return NULL;
    }
    return text;
}

/* Digits and a character behind them; NULL if it is anything else. */
static const char *read_number(const char *text, char behind, uint64_t *number)
{
    char *end;
    if (text == NULL || !isdigit((unsigned char)*text))
        return NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == behind ? end : NULL;
}

static bool parse_name(const char *name, const char *suffix, fa_snapshot_writer *writer)
{
    const char *rest = skip_pattern(name, PREFIX);
    rest = rest == NULL ? NULL : skip_pattern(rest, "ddddddddTdddddd.ddddddZ-");
    rest = read_number(rest, '-', &writer->pid);
    rest = rest == NULL ? NULL : read_number(rest + 1, '.', &writer->allocator);
    return rest != NULL && strcmp(rest, suffix) == 0;
}

static bool is_unfinished(const char *name, fa_snapshot_writer *writer)
{
    return name[0] == '.' && parse_name(name + 1, UNFINISHED_SUFFIX, writer);
}

static bool has_ended(uint64_t pid)
{
    return pid == 0 || pid > INT32_MAX || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

/* Files that may be removed: the allocator's own, and those that nobody is left to remove. */
static bool is_ours(fa_allocator *a, const fa_snapshot_writer *writer)
{
    bool mine = writer->pid == (uint64_t)getpid() && writer->allocator == fa_allocator_number(a);
    return mine || has_ended(writer->pid);
}

/* Names in order, the first ones of all that were seen. */
typedef struct fa_oldest_files {
    size_t seen;
    size_t count;
    char names[OLDEST][NAME_SIZE];
} fa_oldest_files;

static void note_file(fa_oldest_files *files, const char *name)
{
    files->seen++;
    size_t at = files->count;
    while (at > 0 && strcmp(name, files->names[at - 1]) < 0)
        at--;
    if (at == OLDEST || strlen(name) >= NAME_SIZE)
        return;
    files->count += files->count < OLDEST;
    memmove(files->names + at + 1, files->names + at, (files->count - 1 - at) * NAME_SIZE);
    memcpy(files->names[at], name, strlen(name) + 1);
}

static size_t remove_file(fa_allocator *a, int folder, const char *name)
{
    bool removed = unlinkat(folder, name, 0) == 0;
    fa_counter_add(&a->snapshots.removed, removed);
    return removed;
}

/* One look at the folder; removes what was left half, unless it is being written. */
static bool survey(fa_allocator *a, int folder, fa_oldest_files *files)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (listing == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return false;
    }
    fa_snapshot_writer writer;
    files->seen = 0;
    files->count = 0;
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (parse_name(entry->d_name, SUFFIX, &writer) && is_ours(a, &writer))
            note_file(files, entry->d_name);
        else if (is_unfinished(entry->d_name, &writer) && is_ours(a, &writer))
            (void)remove_file(a, folder, entry->d_name);
    }
    (void)closedir(listing);
    return true;
}

/* Goes on as long as that helps: a look finds the oldest few. */
static void remove_surplus(fa_allocator *a, int folder, uint32_t kept)
{
    fa_oldest_files *files = malloc(sizeof *files);
    size_t removed = 1;
    while (files != NULL && removed != 0 && survey(a, folder, files) && files->seen > kept) {
        removed = 0;
        for (size_t i = 0; i < fa_min(files->count, files->seen - kept); i++)
            removed += remove_file(a, folder, files->names[i]);
    }
    free(files);
}

/* A file beyond what the process may write would end it by a signal. */
static bool allowed(size_t length)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= length;
}

static int write_all(int file, const char *text, size_t length)
{
    if (!allowed(length))
        return EFBIG;
    while (length > 0) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

static int write_file(int folder, const char *name, const char *text, size_t length)
{
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0)
        return errno;
    int error = write_all(file, text, length);
    if (close(file) != 0 && error == 0 && errno != EINTR)
        error = errno;
    return error;
}

static int write_and_rename(fa_allocator *a, int folder, uint64_t stamp, const char *text, size_t length)
{
    char name[NAME_SIZE];
    char unfinished[NAME_SIZE + 8];
    name_file(a, stamp, name);
    (void)snprintf(unfinished, sizeof unfinished, ".%s.tmp", name);
    int error = write_file(folder, unfinished, text, length);
    if (error == 0 && renameat(folder, unfinished, folder, name) != 0)
        error = errno;
    if (error != 0 && error != EEXIST)
        (void)unlinkat(folder, unfinished, 0);
    return error;
}

static int store(fa_allocator *a, const fa_snapshot_settings *settings, uint64_t stamp, const char *text, size_t length)
{
    int folder = open(settings->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno;
    int error = write_and_rename(a, folder, stamp, text, length);
    remove_surplus(a, folder, settings->kept);
    (void)close(folder);
    return error;
}

int fa_snapshot_store(fa_allocator *a, const fa_snapshot_settings *settings, uint64_t stamp, const char *text,
                      size_t length)
{
    int cancellation = fa_os_hold_cancellation();
    int error = store(a, settings, stamp, text, length);
    fa_os_restore_cancellation(cancellation);
    return error;
}

static bool is_file(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Of several who see a request, the one whose rename succeeds has it. */
static bool take_request(fa_allocator *a, const char *path)
{
    char taken[PATH_MAX + NAME_SIZE];
    if (!is_file(path))
        return false;
    int length = snprintf(taken, sizeof taken, "%s.taken-%ld-%llu", path, (long)getpid(),
                          (unsigned long long)fa_allocator_number(a));
    if (length < 0 || (size_t)length >= sizeof taken || rename(path, taken) != 0)
        return false;
    (void)unlink(taken);
    return true;
}

bool fa_snapshot_take_request(fa_allocator *a, const fa_snapshot_settings *settings)
{
    char path[PATH_MAX + NAME_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", settings->folder, settings->request_file);
    bool general = take_request(a, path);
    (void)snprintf(path, sizeof path, "%s/%s.%ld-%llu", settings->folder, settings->request_file, (long)getpid(),
                   (unsigned long long)fa_allocator_number(a));
    return take_request(a, path) || general;
}
