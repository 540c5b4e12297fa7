/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Snapshots: what is in them, when they are written, and folders that do not work. What their JSON means to a real
 * parser is tested in tests/observe. */
#include "capture.h"
#include "child.h"
#include "clock.h"
#include "figures.h"
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT = 1 << 20, PATH = 512 };

static fa_allocator *a;
static capture c;
static char folder[PATH];
static char text[TEXT];

static void empty_folder(void)
{
    char path[PATH * 2];
    DIR *listing = opendir(folder);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
            (void)remove(path);
    }
    (void)closedir(listing);
}

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&c, a);
    (void)snprintf(folder, sizeof folder, "/tmp/framealloc-snapshot-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static void finish(void)
{
    fa_allocator_release(a);
    empty_folder();
    (void)rmdir(folder);
}

static fa_snapshot_config on_request(void)
{
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = folder;
    config.automatic = 0;
    return config;
}

static void configure(const fa_snapshot_config *config)
{
    CHECK_EQ(fa_snapshot_configure(a, config), FA_OK);
}

static fa_snapshot_stats stats_of(void)
{
    fa_snapshot_stats stats = FA_SNAPSHOT_STATS_INIT;
    CHECK_EQ(fa_snapshot_get_stats(a, &stats), FA_OK);
    return stats;
}

static void frame(void)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

/* Runs frames until so many were written; what was asked for may have to wait half a second. */
static void frames_until_written(uint64_t wanted)
{
    double begun = clock_seconds();
    while (stats_of().written < wanted && clock_seconds() - begun < 20) {
        frame();
        (void)usleep(1000);
    }
    CHECK_EQ(stats_of().written, wanted);
}

static void one_more(void)
{
    uint64_t before = stats_of().written;
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    frames_until_written(before + 1);
}

/* Files of the folder that begin and end like this; the last name in order goes to path. */
static size_t count_files(const char *prefix, const char *suffix, char *path)
{
    size_t count = 0;
    char last[256] = "";
    DIR *listing = opendir(folder);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || length < strlen(suffix) ||
            strcmp(entry->d_name + length - strlen(suffix), suffix) != 0)
            continue;
        count++;
        if (strcmp(entry->d_name, last) > 0)
            (void)snprintf(last, sizeof last, "%s", entry->d_name);
    }
    (void)closedir(listing);
    if (path != NULL)
        (void)snprintf(path, PATH * 2, "%s/%s", folder, last);
    return count;
}

static size_t snapshots(void)
{
    return count_files("snapshot-", ".json", NULL);
}

/* The newest snapshot as text. */
static void read_newest(void)
{
    char path[PATH * 2];
    CHECK(count_files("snapshot-", ".json", path) != 0);
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    CHECK(file != NULL && fclose(file) == 0);
}

static void touch(const char *name)
{
    char path[PATH * 2];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0);
    (void)close(file);
}

static bool there_is(const char *name)
{
    char path[PATH * 2];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static bool says(const char *key, uint64_t value)
{
    char member[128];
    (void)snprintf(member, sizeof member, "\"%s\":%llu", key, (unsigned long long)value);
    const char *at = strstr(text, member);
    return at != NULL && (at[strlen(member)] == ',' || at[strlen(member)] == '}');
}

static void write_text(void)
{
    size_t needed = 0;
    CHECK_EQ(fa_snapshot_write(a, text, sizeof text, &needed), FA_OK);
    CHECK_EQ(needed, strlen(text) + 1);
}

static void off_until_configured(void)
{
    setup();
    CHECK_EQ(stats_of().on, 0);
    CHECK_EQ(fa_snapshot_request(a), FA_ERROR_DISABLED);
    frame();
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(stats_of().on, 1);
    frame();
    CHECK_EQ(snapshots(), 0);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    CHECK_EQ(stats_of().pending, 1);
    configure(NULL);
    CHECK_EQ(stats_of().on, 0);
    CHECK_EQ(stats_of().pending, 0);
    frame();
    CHECK_EQ(snapshots(), 0);
    CHECK_EQ(stats_of().written, 0);
    CHECK_EQ(fa_snapshot_request(a), FA_ERROR_DISABLED);
    CHECK_EQ(atomic_load(&c.reports), 0);
    finish();
}

static void figures_are_those_of_the_readers(void)
{
    setup();
    void *pooled = fa_pool_alloc(a, 300, 16);
    void *large = fa_heap_alloc(a, 100000, 16);
    CHECK(fa_scratch_alloc(a, 500, 16) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 1000, 16) != NULL);
    write_text();
    fa_stats stats = figures(a);
    CHECK(says("version", 1));
    CHECK(says("pid", (uint64_t)getpid()));
    CHECK(says("frame", 1));
    CHECK(says("frame_bytes", 1008));
    CHECK(says("pool_bytes", stats.pool.live_bytes));
    CHECK(says("heap_bytes", stats.heap.live_bytes));
    CHECK(says("scratch_bytes", stats.scratch.live_bytes));
    CHECK(says("total_bytes", 1008 + stats.pool.live_bytes + stats.heap.live_bytes + stats.scratch.live_bytes));
    CHECK(says("peak_bytes", stats.frame.peak_bytes + stats.pool.peak_bytes + stats.heap.peak_bytes +
                                 stats.scratch.peak_bytes));
    CHECK(says("reserved_bytes", stats.reserved_bytes));
    CHECK(stats.pool.live_bytes >= 300 && stats.heap.live_bytes >= 100000 && stats.scratch.live_bytes >= 500);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_release(a, pooled), FA_OK);
    CHECK_EQ(fa_release(a, large), FA_OK);
    finish();
}

static void text_that_does_not_fit(void)
{
    setup();
    size_t needed = 0;
    CHECK_EQ(fa_snapshot_write(a, NULL, 0, &needed), FA_ERROR_FULL);
    CHECK(needed > 500 && needed < TEXT);
    memset(text, 'x', 200);
    CHECK_EQ(fa_snapshot_write(a, text, 100, &needed), FA_ERROR_FULL);
    CHECK_EQ(strlen(text), 99);
    CHECK_EQ(text[100], 'x');
    char *exact = malloc(needed);
    CHECK_EQ(fa_snapshot_write(a, exact, needed - 1, NULL), FA_ERROR_FULL);
    size_t again = 0;
    (void)fa_snapshot_write(a, exact, needed, &again);
    CHECK(again >= needed - 40 && again <= needed + 40);
    free(exact);
    CHECK_EQ(fa_snapshot_write(a, NULL, 10, &needed), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&c), 903);
    CHECK_EQ(fa_snapshot_write(NULL, text, sizeof text, &needed), FA_ERROR_INVALID_ALLOCATOR);
    finish();
}

/* By an allocator of its own, as reports thin out. */
static void check_refused(fa_snapshot_config config)
{
    capture own;
    fa_allocator *b = fa_allocator_create(NULL);
    capture_start(&own, b);
    CHECK_EQ(fa_snapshot_configure(b, &config), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&own), 903);
    CHECK_EQ(fa_snapshot_request(b), FA_ERROR_DISABLED);
    fa_allocator_release(b);
}

static void settings_out_of_range(void)
{
    setup();
    char longer[5000];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    fa_snapshot_config good = on_request();
    fa_snapshot_config bad = good;
    bad.folder = NULL, check_refused(bad);
    bad.folder = "", check_refused(bad);
    bad.folder = longer, check_refused(bad);
    bad = good, bad.interval_ms = 499, check_refused(bad);
    bad = good, bad.kept = 0, check_refused(bad);
    bad = good, bad.kept = FA_SNAPSHOT_KEPT_MAX + 1, check_refused(bad);
    bad = good, bad.most_diagnostics = 257, check_refused(bad);
    bad = good, bad.automatic = 2, check_refused(bad);
    bad = good, bad.reserved = 1, check_refused(bad);
    bad = good, bad.name = longer, check_refused(bad);
    bad = good, bad.request_file = longer, check_refused(bad);
    bad = good, bad.request_file = "../up", check_refused(bad);
    bad = good, bad.request_file = "..", check_refused(bad);
    bad = good, bad.struct_size = 8;
    CHECK_EQ(fa_snapshot_configure(a, &bad), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_snapshot_configure(NULL, &good), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_snapshot_request(NULL), FA_ERROR_INVALID_ALLOCATOR);
    configure(&good);
    CHECK_EQ(fa_snapshot_configure(a, &bad), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(stats_of().on, 1);
    finish();
}

static void nothing_without_statistics(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.statistics = 0;
    setup();
    fa_allocator *without = fa_allocator_create(&config);
    fa_snapshot_config snapshots_on = on_request();
    CHECK_EQ(fa_snapshot_configure(without, &snapshots_on), FA_ERROR_DISABLED);
    CHECK_EQ(fa_snapshot_write(without, text, sizeof text, NULL), FA_ERROR_DISABLED);
    fa_allocator_release(without);
    CHECK_EQ(setenv("FRAMEALLOC_SNAPSHOTS", folder, 1), 0);
    capture_stderr saved;
    capture_stderr_begin(&saved);
    without = fa_allocator_create(&config);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK_EQ(unsetenv("FRAMEALLOC_SNAPSHOTS"), 0);
    CHECK(strstr(text, "[FA911]") != NULL && strstr(text, " keeps no statistics (") != NULL);
    fa_allocator_release(without);
    finish();
}

static void first_end_of_a_frame_writes(void)
{
    setup();
    fa_snapshot_config config = on_request();
    config.automatic = 1;
    config.name = "world \"1\"";
    configure(&config);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 2000, 16) != NULL);
    CHECK_EQ(snapshots(), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(snapshots(), 1);
    CHECK_EQ(count_files("", "", NULL), 3);
    read_newest();
    CHECK_EQ(stats_of().last_bytes, strlen(text));
    CHECK_EQ(text[0], '{');
    CHECK_TEXT(text + strlen(text) - 2, "}\n");
    CHECK(says("frame", 1) && says("frame_bytes", 2000) && says("sequence", 1));
    CHECK(strstr(text, "\"name\":\"world \\\"1\\\"\"") != NULL);
    CHECK(stats_of().longest_ns > 0 && stats_of().total_ns >= stats_of().longest_ns);
    frames_until_written(2);
    CHECK_EQ(snapshots(), 2);
    finish();
}

/* Memory of a frame that is held counts as held, not as that of the frame that has just ended. */
static void held_frames_count_once(void)
{
    setup();
    fa_snapshot_config config = on_request();
    configure(&config);
    fa_frame_token token;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 3200, 16) != NULL);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    read_newest();
    CHECK(says("frame_bytes", 3200));
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    finish();
}

static void requests_by_call(void)
{
    setup();
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    CHECK_EQ(snapshots(), 0);
    frame();
    CHECK_EQ(stats_of().requested, 2);
    CHECK_EQ(stats_of().written, 1);
    CHECK_EQ(stats_of().pending, 0);
    frame();
    CHECK_EQ(snapshots(), 1);
    for (unsigned i = 0; i < 100 && stats_of().skipped == 0; i++)
        one_more();
    CHECK(stats_of().skipped > 0);
    CHECK_EQ(snapshots(), stats_of().written);
    finish();
}

static void other_settings_forget_requests(void)
{
    setup();
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    CHECK_EQ(stats_of().pending, 1);
    configure(&config);
    CHECK_EQ(stats_of().pending, 0);
    frame();
    CHECK_EQ(snapshots(), 0);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    configure(NULL);
    CHECK_EQ(stats_of().pending, 0);
    configure(&config);
    CHECK_EQ(stats_of().pending, 0);
    frame();
    CHECK_EQ(snapshots(), 0);
    one_more();
    CHECK_EQ(snapshots(), 1);
    finish();
}

static atomic_bool asked_enough;

static void ask_again_and_again(void *user)
{
    (void)user;
    while (!atomic_load(&asked_enough))
        (void)fa_snapshot_request(a);
}

/* Whatever a request finds: nothing is wanted of snapshots that are off, also not once they are on again. */
static void requests_while_they_are_switched_off(void)
{
    enum { SWITCHES = 30000 };
    worker asker;
    setup();
    fa_snapshot_config config = on_request();
    unsigned left = 0;
    atomic_store(&asked_enough, false);
    worker_start(&asker);
    worker_begin(&asker, ask_again_and_again, NULL);
    for (unsigned i = 0; i < SWITCHES; i++) {
        configure(&config);
        (void)sched_yield();
        configure(NULL);
        fa_snapshot_stats stats = stats_of();
        left += stats.on != 0 || stats.pending != 0;
    }
    atomic_store(&asked_enough, true);
    worker_end(&asker);
    CHECK_EQ(left, 0);
    CHECK_EQ(stats_of().pending, 0);
    configure(&config);
    CHECK_EQ(stats_of().pending, 0);
    frame();
    CHECK_EQ(snapshots(), 0);
    finish();
}

static void requests_by_file(void)
{
    char own[128];
    setup();
    fa_snapshot_config config = on_request();
    config.request_file = "please";
    configure(&config);
    frame();
    touch("please");
    frames_until_written(1);
    CHECK(!there_is("please"));
    (void)snprintf(own, sizeof own, "please.%ld-%llu", (long)getpid(), (unsigned long long)fa_allocator_id(a));
    touch("please.1-1");
    touch(own);
    frames_until_written(2);
    CHECK(!there_is(own));
    CHECK(there_is("please.1-1"));
    CHECK_EQ(stats_of().requested, 2);
    CHECK_EQ(count_files("please", "", NULL), 1);
    finish();
}

/* A folder of that name is no request, and stays. */
static void request_that_is_no_file(void)
{
    char path[PATH * 2];
    setup();
    fa_snapshot_config config = on_request();
    configure(&config);
    (void)snprintf(path, sizeof path, "%s/snapshot.request", folder);
    CHECK_EQ(mkdir(path, 0700), 0);
    one_more();
    CHECK_EQ(stats_of().requested, 1);
    CHECK(there_is("snapshot.request"));
    CHECK_EQ(rmdir(path), 0);
    finish();
}

/* Of several allocators that see one request, one has it. */
static void a_request_is_taken_once(void)
{
    setup();
    fa_allocator *b = fa_allocator_create(NULL);
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(fa_snapshot_configure(b, &config), FA_OK);
    touch("snapshot.request");
    frame();
    CHECK_EQ(fa_frame_begin(b), FA_OK);
    CHECK_EQ(fa_frame_end(b), FA_OK);
    CHECK_EQ(snapshots(), 1);
    fa_allocator_release(b);
    finish();
}

static void a_name_of(char *name, const char *time, long pid, const char *form)
{
    char middle[128];
    (void)snprintf(middle, sizeof middle, "snapshot-%s.000000Z-%ld-1.json", time, pid);
    (void)snprintf(name, 160, form, middle);
}

static pid_t ended_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    CHECK(waitpid(child, NULL, 0) == child);
    return child;
}

static void newest_are_kept(void)
{
    char others[160];
    char unfinished[160];
    char dead[3][160];
    setup();
    pid_t gone = ended_process();
    for (unsigned i = 0; i < 3; i++) {
        const char *times[] = {"20200101T000000", "20200101T000001", "20990101T000000"};
        a_name_of(dead[i], times[i], gone, "%s");
        touch(dead[i]);
    }
    a_name_of(others, "20200101T000000", getppid(), "%s");
    a_name_of(unfinished, "20200101T000000", gone, ".%s.tmp");
    touch(others);
    touch(unfinished);
    touch("snapshot-of-my-dog.json");
    touch("notes.txt");
    fa_snapshot_config config = on_request();
    config.kept = 2;
    configure(&config);
    one_more();
    CHECK(!there_is(dead[0]) && !there_is(dead[1]) && there_is(dead[2]));
    CHECK(!there_is(unfinished));
    CHECK_EQ(stats_of().removed, 3);
    CHECK_EQ(snapshots(), 1 + 1 + 2);
    one_more();
    CHECK_EQ(stats_of().removed, 4);
    CHECK(there_is(dead[2]) && there_is(others) && there_is("snapshot-of-my-dog.json") && there_is("notes.txt"));
    read_newest();
    finish();
}

static void many_that_are_too_many(void)
{
    char name[160];
    setup();
    pid_t gone = ended_process();
    for (unsigned i = 0; i < 100; i++) {
        char time[32];
        (void)snprintf(time, sizeof time, "20200101T0000%02u", (i * 37) % 100);
        a_name_of(name, time, gone, "%s");
        touch(name);
    }
    CHECK_EQ(snapshots(), 100);
    fa_snapshot_config config = on_request();
    config.kept = 10;
    configure(&config);
    one_more();
    CHECK_EQ(snapshots(), 10);
    a_name_of(name, "20200101T000091", gone, "%s");
    CHECK(there_is(name));
    a_name_of(name, "20200101T000090", gone, "%s");
    CHECK(!there_is(name));
    finish();
}

static void check_failing(int error, unsigned reports)
{
    fa_snapshot_stats before = stats_of();
    fa_clear_last_status();
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    double begun = clock_seconds();
    while (stats_of().failed == before.failed && clock_seconds() - begun < 20) {
        frame();
        (void)usleep(1000);
    }
    CHECK_EQ(stats_of().failed, before.failed + 1);
    CHECK_EQ(stats_of().written, before.written);
    CHECK_EQ(stats_of().last_error, error);
    CHECK_EQ(stats_of().pending, 1);
    CHECK_EQ(c.by_code[911], reports);
    CHECK_EQ(fa_last_status(), FA_OK);
}

static void folder_that_is_not_there(void)
{
    char missing[PATH * 2];
    setup();
    (void)snprintf(missing, sizeof missing, "%s/missing", folder);
    fa_snapshot_config config = on_request();
    config.folder = missing;
    configure(&config);
    check_failing(ENOENT, 1);
    CHECK_EQ(c.last.severity, FA_SEVERITY_WARNING);
    CHECK(strstr(c.note, missing) != NULL && strstr(c.note, strerror(ENOENT)) != NULL);
    check_failing(ENOENT, 1);
    CHECK_EQ(mkdir(missing, 0700), 0);
    frames_until_written(1);
    CHECK_EQ(stats_of().pending, 0);
    char command[PATH * 3];
    (void)snprintf(command, sizeof command, "rm -r '%s'", missing);
    CHECK_EQ(system(command), 0);
    check_failing(ENOENT, 1);
    configure(&config);
    check_failing(ENOENT, 2);
    config.folder = "/dev/full";
    configure(&config);
    check_failing(ENOTDIR, 3);
    finish();
}

/* The superuser may write anywhere, so another user it is. */
static void folder_that_cannot_be_written(void)
{
    enum { NOBODY = 65534 };
    setup();
    bool superuser = geteuid() == 0;
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(chmod(folder, 0555), 0);
    if (superuser)
        CHECK_EQ(seteuid(NOBODY), 0);
    check_failing(EACCES, 1);
    if (superuser)
        CHECK_EQ(seteuid(0), 0);
    CHECK_EQ(chmod(folder, 0755), 0);
    frames_until_written(1);
    finish();
}

static void no_room_for_a_file(void)
{
    setup();
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit tight = {100, limit.rlim_max};
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    check_failing(EFBIG, 1);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_EQ(count_files("", "", NULL), 2);
    frames_until_written(1);
    finish();
}

/* A disk of four pages that only the child sees: what did not fit leaves nothing behind, and is written once there is
 * room. */
static int on_a_full_disk(void)
{
    char filler[PATH * 2];
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=16k") != 0)
        return 77;
    fa_snapshot_config config = on_request();
    configure(&config);
    (void)snprintf(filler, sizeof filler, "%s/filler", folder);
    int file = open(filler, O_CREAT | O_WRONLY, 0600);
    while (write(file, text, 4096) > 0)
        continue;
    CHECK_EQ(errno, ENOSPC);
    (void)close(file);
    check_failing(ENOSPC, 1);
    CHECK_EQ(count_files("", "", NULL), 3);
    CHECK_EQ(unlink(filler), 0);
    frames_until_written(1);
    return 0;
}

static void full_disk(void)
{
    setup();
    pid_t child = fork();
    if (child == 0) {
        atomic_store(&check_failures, 0);
        int status = on_a_full_disk();
        child_end(atomic_load(&check_failures) == 0 ? status : 1);
    }
    int status = child_await(child);
    finish();
    if (status == 77)
        SKIP("no disk can be mounted");
    CHECK_EQ(status, 0);
}

static void no_descriptor_left(void)
{
    setup();
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rlimit tight = {0, limit.rlim_max};
    fa_snapshot_config config = on_request();
    configure(&config);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    check_failing(EMFILE, 1);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    frames_until_written(1);
    finish();
}

static void switch_off(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    if (diagnostic->code == 911)
        CHECK_EQ(fa_snapshot_configure(a, NULL), FA_OK);
}

static void a_sink_switches_them_off(void)
{
    setup();
    CHECK_EQ(fa_diagnostic_set_sink(a, switch_off, NULL), FA_OK);
    fa_snapshot_config config = on_request();
    config.folder = "/nonexistent";
    config.automatic = 1;
    configure(&config);
    frame();
    CHECK_EQ(stats_of().failed, 1);
    CHECK_EQ(stats_of().on, 0);
    frame();
    CHECK_EQ(stats_of().failed, 1);
    finish();
}

static void relative_folder(void)
{
    char before[PATH];
    setup();
    CHECK(getcwd(before, sizeof before) != NULL);
    CHECK_EQ(chdir("/tmp"), 0);
    fa_snapshot_config config = on_request();
    config.folder = folder + strlen("/tmp/");
    configure(&config);
    CHECK_EQ(chdir("/"), 0);
    one_more();
    CHECK_EQ(snapshots(), 1);
    CHECK_EQ(chdir(before), 0);
    finish();
}

static void names_are_escaped(void)
{
    static const struct {
        const char *name;
        const char *written;
    } names[] = {
        {"plain", "\"path\":\"plain\""},
        {"\"quoted\\\"", "\"path\":\"\\\"quoted\\\\\\\"\""},
        {"line\n\t\x01\x7f", "\"path\":\"line\\u000a\\u0009\\u0001\\u007f\""},
        {"gr\xc3\xb6\xc3\x9f", "\"path\":\"gr\xc3\xb6\xc3\x9f\""},
        {"\xf0\x9f\x8e\xae", "\"path\":\"\xf0\x9f\x8e\xae\""},
        {"cut\xf0\x9f\x8e", "\"path\":\"cut\\ufffd\""},
        {"\xff\xc3", "\"path\":\"\\ufffd\\ufffd\""},
        {"\xed\xa0\x80", "\"path\":\"\\ufffd\\ufffd\\ufffd\""},
        {"\xc0\xaf", "\"path\":\"\\ufffd\\ufffd\""},
    };
    setup();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(fa_tag_get(a, names[i].name) != 0);
    CHECK(fa_lane_create(a, "lane \x1b[31m") != NULL);
    write_text();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!CHECK(strstr(text, names[i].written) != NULL))
            printf("# %zu is missing\n", i);
    }
    CHECK(strstr(text, "\"name\":\"lane \\u001b[31m\"") != NULL);
    finish();
}

static void only_the_largest_fit(void)
{
    char path[64];
    setup();
    void *blocks[10];
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(path, sizeof path, "tag%u", i);
        CHECK_EQ(fa_tag_push(a, fa_tag_get(a, path)), FA_OK);
        blocks[i] = fa_heap_alloc(a, 1000 + 1000 * ((i * 7) % 10), 16);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    }
    for (unsigned i = 0; i < 5; i++)
        CHECK(fa_lane_create(a, "idle") != NULL);
    fa_snapshot_config config = on_request();
    config.most_tags = 3;
    config.most_threads = 2;
    config.most_diagnostics = 0;
    configure(&config);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    one_more();
    read_newest();
    CHECK(says("tags_left_out", 7) && says("threads_left_out", 4) && says("diagnostics_left_out", 1));
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(path, sizeof path, "\"path\":\"tag%u\"", i);
        CHECK_EQ(strstr(text, path) != NULL, (i * 7) % 10 >= 7);
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
    CHECK(strstr(text, "\"bound\":true") != NULL);
    config.most_tags = 0;
    config.most_threads = 0;
    config.most_diagnostics = 32;
    configure(&config);
    write_text();
    CHECK(says("tags_left_out", 10) && says("threads_left_out", 6) && says("diagnostics_left_out", 0));
    CHECK(strstr(text, "\"code\":\"FA005\"") != NULL);
    finish();
}

static void a_code_that_repeats_hides_no_other(void)
{
    enum { CODES = 40, TIMES = 1500 };
    char code[16];
    setup();
    fa_diagnostic_config delivery = FA_DIAGNOSTIC_CONFIG_INIT;
    delivery.output = FA_OUTPUT_SINK;
    CHECK_EQ(fa_diagnostic_configure(a, &delivery), FA_OK);
    fa_snapshot_config config = on_request();
    config.most_diagnostics = 2 * CODES;
    configure(&config);
    for (unsigned i = 1; i <= CODES; i++) {
        (void)snprintf(code, sizeof code, "GAME%u", i);
        fa_message message = FA_MESSAGE(FA_SEVERITY_WARNING, code, "one of many");
        CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    }
    for (unsigned i = 0; i < TIMES; i++)
        CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    one_more();
    read_newest();
    CHECK(says("diagnostics_left_out", 0) && says("occurrences", TIMES));
    CHECK(strstr(text, "\"code\":\"GAME1\"") != NULL);
    CHECK(strstr(text, "\"code\":\"FA005\"") < strstr(text, "\"code\":\"GAME40\""));
    config.most_diagnostics = 10;
    configure(&config);
    write_text();
    CHECK(says("diagnostics_left_out", CODES + 1 - 10) && strstr(text, "\"code\":\"GAME31\"") == NULL);
    finish();
}

static void limits_and_promotions_are_there(void)
{
    setup();
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 123456;
    budget.soft_limit = 100000;
    CHECK_EQ(fa_budget_set_tag(a, fa_tag_get(a, "ai"), &budget), FA_OK);
    budget.hard_limit = 0;
    budget.policy = FA_BUDGET_ALLOW;
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &budget), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_promotion promoted[1];
    size_t count = 0;
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    CHECK(fa_frame_alloc_retained(a, 4711, 16, &how) != NULL);
    CHECK_EQ(fa_frame_end_with_promotions(a, promoted, 1, &count, NULL), FA_OK);
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    CHECK_EQ(fa_promotions_total(a, &sums), FA_OK);
    CHECK_EQ(sums.to_heap.bytes, 4711);
    CHECK_EQ(sums.to_pool.count, 0);
    CHECK_EQ(fa_promotions_total(NULL, &sums), FA_ERROR_INVALID_ALLOCATOR);
    write_text();
    CHECK(says("hard_limit", 123456) && says("soft_limit", 100000));
    CHECK(strstr(text, "\"policy\":\"fail\"") != NULL && strstr(text, "\"policy\":\"allow\"") != NULL);
    CHECK(strstr(text, "\"hard_limit\":null") != NULL && strstr(text, "\"budget\":null") != NULL);
    CHECK(strstr(text, "\"to_heap\":{\"count\":1,\"bytes\":4711}") != NULL);
    CHECK_EQ(fa_release(a, promoted[0].after), FA_OK);
    finish();
}

static void environment_switches_on(void)
{
    setup();
    CHECK_EQ(setenv("FRAMEALLOC_SNAPSHOTS", folder, 1), 0);
    fa_allocator *b = fa_allocator_create(NULL);
    CHECK_EQ(unsetenv("FRAMEALLOC_SNAPSHOTS"), 0);
    CHECK_EQ(fa_frame_begin(b), FA_OK);
    CHECK_EQ(fa_frame_end(b), FA_OK);
    CHECK_EQ(snapshots(), 1);
    CHECK_EQ(stats_of().on, 0);
    fa_allocator_release(b);
    finish();
}

static atomic_bool stop;

static void run_frames(void *user)
{
    (void)user;
    while (!atomic_load(&stop)) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        void *block = fa_pool_alloc(a, 100, 16);
        CHECK(fa_frame_alloc(a, 100, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(fa_release(a, block), FA_OK);
    }
}

static void threads_share_them(void)
{
    enum { WORKERS = 3 };
    worker workers[WORKERS];
    setup();
    fa_snapshot_config config = on_request();
    config.automatic = 1;
    configure(&config);
    atomic_store(&stop, false);
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_start(&workers[i]);
        worker_begin(&workers[i], run_frames, NULL);
    }
    for (unsigned i = 0; i < 60 || stats_of().written < 2; i++) {
        configure(i % 3 == 0 ? NULL : &config);
        (void)fa_snapshot_request(a);
        CHECK(fa_snapshot_write(a, text, sizeof text, NULL) == FA_OK);
        (void)usleep(2000);
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < WORKERS; i++)
        worker_end(&workers[i]);
    configure(NULL);
    fa_snapshot_stats stats = stats_of();
    CHECK_EQ(snapshots(), stats.written - stats.removed);
    CHECK_EQ(stats.failed, 0);
    CHECK_EQ(count_files(".snapshot-", "", NULL), 0);
    CHECK_EQ(atomic_load(&c.reports), 0);
    finish();
}

static void children_write_their_own(void)
{
    worker w;
    setup();
    fa_snapshot_config config = on_request();
    config.automatic = 1;
    configure(&config);
    atomic_store(&stop, false);
    worker_start(&w);
    worker_begin(&w, run_frames, NULL);
    for (unsigned i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            atomic_store(&check_failures, 0);
            uint64_t before = stats_of().written;
            frames_until_written(before + 1);
            char name[64];
            (void)snprintf(name, sizeof name, "-%ld-%llu.json", (long)getpid(), (unsigned long long)fa_allocator_id(a));
            CHECK_EQ(count_files("snapshot-", name, NULL), 1);
            child_end(atomic_load(&check_failures) == 0 ? 0 : 1);
        }
        CHECK_EQ(child_await(child), 0);
    }
    atomic_store(&stop, true);
    worker_end(&w);
    CHECK(stats_of().written > 0);
    finish();
}

CHECK_MAIN(CASE(off_until_configured), CASE(figures_are_those_of_the_readers), CASE(text_that_does_not_fit),
           CASE(settings_out_of_range), CASE(nothing_without_statistics), CASE(first_end_of_a_frame_writes),
           CASE(held_frames_count_once), CASE(requests_by_call), CASE(other_settings_forget_requests),
           CASE(requests_while_they_are_switched_off), CASE(requests_by_file), CASE(request_that_is_no_file),
           CASE(a_request_is_taken_once), CASE(newest_are_kept), CASE(many_that_are_too_many),
           CASE(folder_that_is_not_there),
           CASE(folder_that_cannot_be_written), CASE(no_room_for_a_file), CASE(full_disk),
           CASE(no_descriptor_left),
           CASE(a_sink_switches_them_off), CASE(relative_folder), CASE(names_are_escaped), CASE(only_the_largest_fit),
           CASE(a_code_that_repeats_hides_no_other), CASE(limits_and_promotions_are_there),
           CASE(environment_switches_on), CASE(threads_share_them),
           CASE(children_write_their_own))
