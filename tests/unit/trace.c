/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Traces: what is written, what is left out, and what happens when the file cannot be written. What viewers make of the
 * file is for tests/observe. */
#include "capture.h"
#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT = 1 << 22 };

static fa_allocator *a;
static char folder[64];
static char path[128];
static char text[TEXT];

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    (void)snprintf(folder, sizeof folder, "%s/framealloc-trace-XXXXXX",
                   getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/t.json", folder);
}

static unsigned files_in_folder(void)
{
    unsigned count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *e; open != NULL && (e = readdir(open)) != NULL;)
        count += e->d_name[0] != '.';
    if (open != NULL)
        (void)closedir(open);
    return count;
}

static void finish(void)
{
    fa_allocator_release(a);
    (void)unlink(path);
    CHECK_EQ(files_in_folder(), 0);
    CHECK_EQ(rmdir(folder), 0);
}

static void start(uint32_t records, uint64_t limit, int32_t write)
{
    fa_trace_options options = FA_TRACE_OPTIONS_INIT;
    options.records = records;
    options.file_limit = limit;
    options.counter_interval_ns = 0;
    options.write = write;
    CHECK_EQ(fa_trace_start(a, path, &options), FA_OK);
}

static fa_trace_stats stats(void)
{
    fa_trace_stats s = FA_TRACE_STATS_INIT;
    CHECK_EQ(fa_trace_get_stats(a, &s), FA_OK);
    return s;
}

static size_t read_file(void)
{
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, TEXT - 1, file);
    text[length] = '\0';
    if (file != NULL)
        (void)fclose(file);
    return length;
}

static unsigned count_of(const char *what)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

static void run_frame(void)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "physics"), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    CHECK(fa_frame_alloc(a, 320, 16) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void the_file_appears_when_it_is_complete(void)
{
    setup();
    start(64, 1 << 20, FA_TRACE_WRITE_AS_NEEDED);
    CHECK(access(path, F_OK) != 0);
    run_frame();
    CHECK_EQ(stats().active, 1);
    CHECK_EQ(fa_trace_flush(a), FA_OK);
    CHECK(access(path, F_OK) != 0);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    size_t length = read_file();
    CHECK_EQ(files_in_folder(), 1);
    fa_trace_stats s = stats();
    CHECK_EQ(s.active, 0);
    CHECK_EQ(s.bytes, length);
    CHECK_EQ(s.dropped_buffer, 0);
    CHECK_EQ(s.dropped_limit, 0);
    CHECK_EQ(s.written, count_of("\"ph\":"));
    CHECK_EQ(count_of("\"name\":\"frame\""), 1);
    CHECK_EQ(count_of("\"name\":\"physics\""), 1);
    CHECK_EQ(count_of("\"name\":\"ai\""), 1);
    CHECK_EQ(count_of("\"args\":{\"frame\":320,\"pool\":0,\"heap\":0,\"scratch\":0}"), 1);
    CHECK_EQ(count_of("\"name\":\"tag ai\""), 1);
    CHECK_EQ(count_of("\"name\":\"discard: frame\""), 1);
    CHECK_EQ(count_of("{\"number\":1,\"bytes\":320,\"peak_bytes\":320}"), 1);
    run_frame();
    CHECK_EQ(stats().written, s.written);
    finish();
}

static void what_finds_no_room_in_a_buffer_is_counted(void)
{
    setup();
    start(64, 1 << 20, FA_TRACE_WRITE_WHEN_ASKED);
    for (int i = 0; i < 100; i++)
        run_frame();
    fa_trace_stats s = stats();
    CHECK(s.dropped_buffer > 300);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    (void)read_file();
    char expected[64];
    (void)snprintf(expected, sizeof expected, "\"dropped_buffer_full\":%llu,", (unsigned long long)s.dropped_buffer);
    CHECK_EQ(count_of(expected), 1);
    finish();
}

static void buffers_are_written_as_needed(void)
{
    setup();
    start(64, 1 << 22, FA_TRACE_WRITE_AS_NEEDED);
    for (int i = 0; i < 1000; i++)
        run_frame();
    CHECK_EQ(stats().dropped_buffer, 0);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    (void)read_file();
    CHECK_EQ(count_of("\"name\":\"frame\""), 1000);
    finish();
}

static void the_file_is_bounded(void)
{
    setup();
    start(64, FA_TRACE_FILE_MIN, FA_TRACE_WRITE_AS_NEEDED);
    for (int i = 0; i < 1000; i++)
        run_frame();
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    fa_trace_stats s = stats();
    CHECK(s.bytes <= FA_TRACE_FILE_MIN && s.bytes > FA_TRACE_FILE_MIN - 1024);
    CHECK(s.dropped_limit > 5000);
    CHECK_EQ(read_file(), s.bytes);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "\"dropped_file_limit\":%llu,", (unsigned long long)s.dropped_limit);
    CHECK_EQ(count_of(expected), 1);
    finish();
}

static void names_are_escaped(void)
{
    setup();
    start(64, 1 << 20, FA_TRACE_WRITE_AS_NEEDED);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "quote \" back \\ line \n bell \a \xc3\xa9 \xff\xc0\x80 \xed\xa0\x80"), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    (void)read_file();
    CHECK_EQ(
        count_of(
            "quote \\\" back \\\\ line \\u000a bell \\u0007 \xc3\xa9 \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\""),
        1);
    finish();
}

/* Scopes that were open at either end are not in it, and do not disturb those that are. */
static void only_whole_scopes_are_in_it(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "before"), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "before"), FA_OK);
    start(64, 1 << 20, FA_TRACE_WRITE_AS_NEEDED);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    run_frame();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "after"), FA_OK);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    (void)read_file();
    CHECK_EQ(count_of("\"name\":\"before\""), 0);
    CHECK_EQ(count_of("\"name\":\"after\""), 0);
    CHECK_EQ(count_of("\"name\":\"frame\""), 1);
    CHECK_EQ(count_of("\"name\":\"physics\""), 1);
    finish();
}

static void the_allocator_ends_its_trace(void)
{
    setup();
    start(64, 1 << 20, FA_TRACE_WRITE_WHEN_ASKED);
    run_frame();
    fa_allocator_release(a);
    CHECK(read_file() > 0);
    CHECK_EQ(count_of("\"name\":\"frame\""), 1);
    CHECK_EQ(count_of("\"otherData\""), 1);
    a = fa_allocator_create(NULL);
    finish();
}

static void folders_that_are_not_there(void)
{
    setup();
    capture c;
    capture_start(&c, a);
    CHECK_EQ(fa_trace_start(a, "/nonexistent/folder/t.json", NULL), FA_ERROR_IO);
    CHECK_EQ(capture_code(&c), 921);
    CHECK_EQ(c.last.severity, FA_SEVERITY_WARNING);
    CHECK(strstr(c.note, "No such file or directory") != NULL);
    CHECK_EQ(fa_trace_stop(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(mkdir(path, 0777), 0); /* the name is taken by a folder */
    CHECK_EQ(fa_trace_start(a, path, NULL), FA_ERROR_IO);
    CHECK(strstr(c.note, "Is a directory") != NULL);
    CHECK_EQ(rmdir(path), 0);
    CHECK_EQ(fa_trace_start(a, path, NULL), FA_OK);
    CHECK_EQ(mkdir(path, 0777), 0); /* while the trace is taken */
    CHECK_EQ(fa_trace_stop(a), FA_ERROR_IO);
    CHECK_EQ(capture_code(&c), 921);
    CHECK_EQ(files_in_folder(), 1);
    CHECK_EQ(rmdir(path), 0);
    CHECK_EQ(stats().failed, 1);
    finish();
}

/* The kernel would end the program at the first byte too many. */
static void a_file_larger_than_the_process_may_have(void)
{
    setup();
    capture c;
    capture_start(&c, a);
    struct rlimit before;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {100000, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_DFL);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    start(64, 1 << 22, FA_TRACE_WRITE_AS_NEEDED);
    for (int i = 0; i < 1000; i++)
        run_frame();
    CHECK_EQ(c.by_code[921], 1);
    CHECK(strstr(c.note, strerror(EFBIG)) != NULL);
    CHECK_EQ(stats().failed, 1);
    CHECK_EQ(fa_trace_flush(a), FA_ERROR_IO);
    CHECK_EQ(fa_trace_stop(a), FA_ERROR_IO);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    CHECK_EQ(files_in_folder(), 0);
    CHECK_EQ(stats().failed, 1);
    start(64, 1 << 22, FA_TRACE_WRITE_AS_NEEDED);
    run_frame();
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    finish();
}

/* Sixteen pages that only the child sees. */
static int on_a_full_disk(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=64k") != 0)
        return 77;
    capture c;
    capture_start(&c, a);
    start(64, 1 << 22, FA_TRACE_WRITE_AS_NEEDED);
    for (int i = 0; i < 1000; i++)
        run_frame();
    CHECK_EQ(c.by_code[921], 1);
    CHECK(strstr(c.note, strerror(ENOSPC)) != NULL);
    CHECK_EQ(fa_trace_stop(a), FA_ERROR_IO);
    CHECK_EQ(files_in_folder(), 0);
    return 0;
}

static void a_disk_that_is_full(void)
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

static void a_relative_path_is_that_of_the_start(void)
{
    char before[4096];
    setup();
    REQUIRE(getcwd(before, sizeof before) != NULL);
    REQUIRE(chdir(folder) == 0);
    CHECK_EQ(fa_trace_start(a, "t.json", NULL), FA_OK);
    run_frame();
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    CHECK_EQ(chdir(before), 0);
    CHECK(read_file() != 0);
    CHECK_EQ(count_of("\"name\":\"frame\""), 1);
    CHECK_EQ(files_in_folder(), 1);
    finish();
}

static void a_path_that_is_too_long(void)
{
    static char far[5000];
    setup();
    memset(far, 'f', sizeof far - 1);
    CHECK_EQ(fa_trace_start(a, far, NULL), FA_ERROR_IO);
    far[0] = '/';
    CHECK_EQ(fa_trace_start(a, far, NULL), FA_ERROR_IO);
    CHECK_EQ(fa_trace_stop(a), FA_ERROR_NOT_FOUND);
    finish();
}

static void check_refused(fa_trace_options options, fa_status status)
{
    CHECK_EQ(fa_trace_start(a, path, &options), status);
}

static void bad_input(void)
{
    setup();
    CHECK_EQ(fa_trace_start(a, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_trace_start(a, "", NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_trace_start(NULL, path, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_trace_stop(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_trace_flush(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_trace_stop(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_trace_flush(a), FA_ERROR_NOT_FOUND);
    fa_trace_options o = FA_TRACE_OPTIONS_INIT;
    check_refused((fa_trace_options){o.struct_size, 63, o.file_limit, 0, 0, 0}, FA_ERROR_INVALID_ARGUMENT);
    check_refused((fa_trace_options){o.struct_size, 100, o.file_limit, 0, 0, 0}, FA_ERROR_INVALID_ARGUMENT);
    check_refused((fa_trace_options){o.struct_size, UINT32_MAX, o.file_limit, 0, 0, 0}, FA_ERROR_INVALID_ARGUMENT);
    check_refused((fa_trace_options){o.struct_size, 64, 0, 0, 0, 0}, FA_ERROR_INVALID_ARGUMENT);
    check_refused((fa_trace_options){o.struct_size, 64, o.file_limit, 0, UINT32_MAX, 0}, FA_ERROR_INVALID_ARGUMENT);
    check_refused((fa_trace_options){o.struct_size, 64, o.file_limit, 0, 0, 2}, FA_ERROR_INVALID_ARGUMENT);
    check_refused((fa_trace_options){4, 64, o.file_limit, 0, 0, 0}, FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(files_in_folder(), 0);
    CHECK_EQ(fa_trace_start(a, path, NULL), FA_OK);
    CHECK_EQ(fa_trace_start(a, path, NULL), FA_ERROR_EXISTS);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    fa_trace_stats s = FA_TRACE_STATS_INIT;
    s.struct_size = 8;
    CHECK_EQ(fa_trace_get_stats(a, &s), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_trace_get_stats(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_trace_get_stats(NULL, &s), FA_ERROR_INVALID_ALLOCATOR);
    finish();
}

static void the_child_of_a_fork_has_no_trace(void)
{
    setup();
    start(64, 1 << 20, FA_TRACE_WRITE_AS_NEEDED);
    run_frame();
    pid_t child = fork();
    if (child == 0) {
        run_frame();
        bool right = fa_trace_stop(a) == FA_ERROR_NOT_FOUND;
        fa_allocator_release(a);
        child_end(right && atomic_load(&check_failures) == 0 ? 0 : 1);
    }
    CHECK_EQ(child_await(child), 0);
    run_frame();
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    (void)read_file();
    CHECK_EQ(count_of("\"name\":\"frame\""), 2);
    finish();
}

static void diagnostics_are_marked(void)
{
    setup();
    start(64, 1 << 20, FA_TRACE_WRITE_AS_NEEDED);
    run_frame();
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    (void)read_file();
    CHECK_EQ(count_of("\"name\":\"FA005\""), 1);
    CHECK_EQ(count_of("\"note\":\"no frame is running on this lane\""), 1);
    finish();
}

static void findings_of_the_filter_have_their_names(void)
{
    setup();
    fa_filter_config filter = FA_FILTER_CONFIG_INIT;
    CHECK_EQ(fa_filter_preset(&filter, FA_FILTER_STRICT), FA_OK);
    CHECK_EQ(fa_filter_enable(a, &filter), FA_OK);
    start(4096, 1 << 22, FA_TRACE_WRITE_AS_NEEDED);
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (unsigned k = 0; k < 5; k++)
            CHECK_EQ(fa_release(a, fa_heap_alloc(a, 64, 16)), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    (void)read_file();
    CHECK(count_of("\"name\":\"BF004\"") >= 1);
    CHECK_EQ(count_of("\"name\":\"FA2004\"") + count_of("\"name\":\"report\""), 0);
    finish();
}

/* The last part of a path may be as long as an argument: the trace takes its beginning, and stays what a reader of JSON
 * understands. */
static void a_program_whose_name_is_very_long(void)
{
    enum { LENGTH = 12000 };
    static char name[LENGTH + 1];
    char *before = program_invocation_short_name;
    memset(name, '\1', LENGTH);
    setup();
    program_invocation_short_name = name;
    start(64, 1 << 20, FA_TRACE_WRITE_AS_NEEDED);
    program_invocation_short_name = before;
    run_frame();
    CHECK_EQ(fa_trace_stop(a), FA_OK);
    CHECK_EQ(stats().dropped_limit, 0);
    (void)read_file();
    CHECK_EQ(count_of("\\u0001"), 255);
    CHECK_EQ(count_of("\\u0001\"}}"), 1);
    CHECK_EQ(count_of("\"name\":\"frame\""), 1);
    finish();
}

CHECK_MAIN(CASE(the_file_appears_when_it_is_complete), CASE(what_finds_no_room_in_a_buffer_is_counted),
           CASE(buffers_are_written_as_needed), CASE(the_file_is_bounded), CASE(names_are_escaped),
           CASE(only_whole_scopes_are_in_it), CASE(the_allocator_ends_its_trace), CASE(folders_that_are_not_there),
           CASE(a_file_larger_than_the_process_may_have), CASE(a_disk_that_is_full),
           CASE(a_relative_path_is_that_of_the_start), CASE(a_path_that_is_too_long), CASE(bad_input), CASE(the_child_of_a_fork_has_no_trace),
           CASE(diagnostics_are_marked), CASE(findings_of_the_filter_have_their_names),
           CASE(a_program_whose_name_is_very_long))
