/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Every code of the registry is raised by the situation it names, with the texts of the registry and values in its note. */
#include "capture.h"
#include "spy.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static capture reports;

/* '@' stands for a number or address. */
static bool begins_with(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '@') {
            if (*text++ != *pattern)
                return false;
            continue;
        }
        size_t digits = strspn(text, "0123456789abcdefxABCDEF");
        if (digits == 0)
            return false;
        text += digits;
    }
    return true;
}

static uint8_t seen[20000];

static void expect_text(int32_t code, const char *message, const char *help)
{
    fa_diagnostic_text text = FA_DIAGNOSTIC_TEXT_INIT;
    CHECK_EQ(fa_diagnostic_describe(code, &text), FA_OK);
    CHECK_TEXT(message, text.message);
    CHECK_TEXT(help, text.help);
    seen[code] = 1;
}

/* The newest report. */
static void expect(int32_t code, const char *note)
{
    CHECK_EQ(reports.last.code, code);
    if (!begins_with(reports.note, note))
        printf("# note is \"%s\"\n", reports.note);
    CHECK(begins_with(reports.note, note));
    expect_text(code, reports.message, reports.help);
}

static fa_allocator *make(const fa_config *config)
{
    fa_allocator *a = fa_allocator_create(config);
    CHECK(a != NULL);
    capture_start(&reports, a);
    return a;
}

static void frames(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 65536;
    fa_allocator *a = make(&config);
    CHECK(fa_frame_alloc(a, 64, 16) == NULL);
    expect(FA_CODE_OUTSIDE_FRAME, "64 bytes aligned to 16 were asked for: no frame is running on this lane (");
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    expect(FA_CODE_STRAY_END, "no frame is running on this lane (");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    uint64_t epoch = *fa_frame_epoch(a);
    CHECK_EQ(fa_frame_check(a, epoch), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_ERROR_FRAME_ACTIVE);
    expect(FA_CODE_DOUBLE_BEGIN, "frame 1 is running on this lane (");
    CHECK(fa_frame_alloc(a, 70000, 16) == NULL);
    expect(FA_CODE_FRAME_EXHAUSTED, "70000 bytes aligned to 16 were asked for: the frame cap of the lane is reached (");
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_check(a, epoch), FA_ERROR_STALE);
    expect(FA_CODE_FRAME_ESCAPED, "memory of frame 1 was used (on thread \"unit-codes\", after frame 1)");
    CHECK_EQ(fa_frame_token_release(a, 4711), FA_ERROR_STALE);
    expect(FA_CODE_STALE, "frame token 0x@ was released before, or is of another allocator (");
    fa_allocator_release(a);
}

static void scopes(void)
{
    fa_allocator *a = make(NULL);
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "search"), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect(FA_CODE_SCOPE_LEFT_OPEN, "phase \"search\" is open, 1 in all (");
    CHECK_EQ(fa_tag_pop(a), FA_ERROR_UNBALANCED);
    expect(FA_CODE_UNBALANCED, "no tag is on the lane's stack (");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect(FA_CODE_RETAINED_DROPPED, "1 blocks were to be promoted (");
    fa_allocator_release(a);
}

static void engines(void)
{
    fa_allocator *a = make(NULL);
    CHECK_EQ(fa_engine_attach(a, "Toy"), FA_OK);
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    expect(FA_CODE_ENGINE_NOT_HOOKED, "the post-frame hook of Toy has never run by turn 1 of its loop (");
    CHECK_EQ(fa_engine_post_frame(a), FA_OK);
    CHECK_EQ(fa_engine_tick(a), FA_OK);
    expect(FA_CODE_ENGINE_HOOK_MISSED, "the pre-frame hook of Toy did not run in turn 2 of its loop (");
    fa_allocator_release(a);
}

static void *frame_memory;

static void *take_frame_memory(void *user)
{
    CHECK_EQ(fa_frame_begin(user), FA_OK);
    frame_memory = fa_frame_alloc(user, 100, 16);
    return NULL;
}

static void lanes(void)
{
    fa_allocator *a = make(NULL);
    fa_allocator *other = fa_allocator_create(NULL);
    fa_lane *lane = fa_lane_create(a, "job 7");
    fa_lane *previous = NULL;
    CHECK(lane != NULL && other != NULL);
    CHECK_EQ(fa_lane_bind(a, lane, &previous), FA_OK);
    (void)take_frame_memory(a);
    CHECK_EQ(fa_lane_bind(a, previous, NULL), FA_OK);
    CHECK_EQ(fa_release(a, opaque(frame_memory)), FA_ERROR_FOREIGN_POINTER);
    expect(FA_CODE_FOREIGN_LANE_FREE, "0x@ lies in frame or scratch memory of lane \"job 7\" (");
    (void)take_frame_memory(a);
    CHECK_EQ(fa_release(a, opaque(frame_memory)), FA_ERROR_FOREIGN_POINTER);
    expect(FA_CODE_FRAME_MEMORY_FREED, "0x@ lies in frame or scratch memory (");
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    capture_start(&reports, other);
    CHECK_EQ(fa_lane_get_stats(other, lane, &stats), FA_ERROR_WRONG_LANE);
    expect(FA_CODE_LANE_MISUSE, "the lane belongs to another allocator (");
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static pthread_key_t late_key;
static fa_allocator *late_allocator;
static int late_rounds;

static void use_late(void *user)
{
    (void)fa_frame_active(late_allocator);
    if (fa_frame_begin(late_allocator) != FA_OK)
        expect(FA_CODE_LANE_UNAVAILABLE, "a thread that has all but ended needs a lane (");
    if (++late_rounds < 6)
        (void)pthread_setspecific(late_key, user);
}

static void *set_late_key(void *user)
{
    (void)pthread_setspecific(late_key, &late_key);
    return user;
}

static void the_end_of_a_thread(void)
{
#ifdef __SANITIZE_THREAD__
    seen[FA_CODE_LANE_UNAVAILABLE] = 1;
    SKIP("the sanitizer's own state of the thread is gone in the last rounds");
#endif
    pthread_t thread;
    late_allocator = make(NULL);
    REQUIRE(pthread_key_create(&late_key, use_late) == 0);
    REQUIRE(pthread_create(&thread, NULL, set_late_key, NULL) == 0);
    (void)pthread_join(thread, NULL);
    (void)pthread_key_delete(late_key);
    fa_allocator_release(late_allocator);
}

static void *release_all(void *user)
{
    void **blocks = user;
    for (int i = 0; i < 40; i++)
        CHECK_EQ(fa_release(late_allocator, blocks[i]), FA_OK);
    return NULL;
}

static void deferred(void)
{
    void *blocks[40];
    pthread_t thread;
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    fa_allocator *a = late_allocator = make(NULL);
    config.mode = FA_DEFERRED_EXPLICIT;
    config.warning_threshold = 40;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
    for (int i = 0; i < 40; i++)
        blocks[i] = fa_pool_alloc(a, 64, 16);
    REQUIRE(pthread_create(&thread, NULL, release_all, blocks) == 0);
    (void)pthread_join(thread, NULL);
    expect(FA_CODE_DEFERRED_PILE, "40 blocks wait for lane \"unit-codes\" (");
    fa_allocator_release(a);
}

static void threads(void)
{
    fa_barrier barrier;
    fa_transfer transfer;
    fa_task task;
    fa_allocator *a = make(NULL);
    CHECK_EQ(fa_barrier_create(a, "frame", 1, &barrier), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, barrier, NULL), FA_OK);
    CHECK_EQ(fa_barrier_destroy(a, barrier), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, barrier, NULL), FA_ERROR_STALE);
    expect(FA_CODE_BARRIER, "barrier 0x@ was destroyed, or is of another allocator (");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_transfer_alloc(a, 64, 16, &transfer) != NULL);
    CHECK_EQ(fa_transfer_send(a, transfer), FA_OK);
    CHECK_EQ(fa_transfer_send(a, transfer), FA_ERROR_STATE);
    expect(FA_CODE_TRANSFER, "transfer 0x@ is in flight (");
    CHECK_EQ(fa_task_begin(a, "load level", 0, &task), FA_OK);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    CHECK_EQ(fa_task_end(a, task), FA_ERROR_STALE);
    expect(FA_CODE_TASK, "task 0x@ has ended, or is of another allocator (");
    CHECK(fa_allocator_retain(a) == a);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
    expect(FA_CODE_STILL_USED, "1 other references are held");
    fa_allocator_release(a);
    fa_allocator_release(a);
}

/* In debug mode, whose check of the configuration says whether it is built in. */
static void threads_leave_things_behind(void)
{
    fa_transfer transfer;
    fa_task task;
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) != FA_OK) {
        seen[FA_CODE_TASK_LEFT] = seen[FA_CODE_TRANSFER_DROPPED] = 1;
        SKIP("built without debug support");
    }
    fa_allocator *a = make(&config);
    CHECK_EQ(fa_task_begin(a, "load level", 0, &task), FA_OK);
    CHECK(fa_task_alloc(a, task, 100, 16) != NULL);
    fa_allocator_release(a);
    expect(FA_CODE_TASK_LEFT, "task \"load level\" with @ bytes in 1 blocks and 0 tasks below it (");
    a = make(&config);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_transfer_alloc(a, 64, 16, &transfer) != NULL);
    CHECK_EQ(fa_transfer_send(a, transfer), FA_OK);
    fa_allocator_release(a);
    expect(FA_CODE_TRANSFER_DROPPED, "1 transfers of 64 bytes, 1 of them in flight (");
}

static void budgets(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.memory_limit = (size_t)4 << 20;
    fa_allocator *a = make(&config);
    fa_budget budget = FA_BUDGET_INIT;
    CHECK(fa_heap_alloc(a, (size_t)8 << 20, 16) == NULL);
    expect(FA_CODE_MEMORY_LIMIT, "8388608 bytes aligned to 16 were asked for: the allocator uses @ of 4194304 bytes (");
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    budget.hard_limit = 1000;
    CHECK_EQ(fa_budget_set_tag(a, fa_tag_find(a, "ai"), &budget), FA_OK);
    CHECK(fa_pool_alloc(a, 2000, 16) == NULL);
    expect(FA_CODE_TAG_BUDGET, "2000 bytes aligned to 16 were asked for: tag ai uses 0 of 1000 bytes (under tag ai on thread");
    budget.policy = FA_BUDGET_WARN;
    CHECK_EQ(fa_budget_set_tag(a, fa_tag_find(a, "ai"), &budget), FA_OK);
    CHECK(fa_pool_alloc(a, 2000, 16) != NULL);
    expect(FA_CODE_SOFT_LIMIT, "2048 bytes for tag ai, which uses 0 of 1000 (");
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    budget.policy = FA_BUDGET_FAIL;
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &budget), FA_OK);
    CHECK(fa_pool_alloc(a, 4000, 16) == NULL);
    expect(FA_CODE_LANE_BUDGET, "4000 bytes aligned to 16 were asked for: the pool memory of the lane uses @ of 1000 bytes (");
    fa_allocator_release(a);
}

static void stores(void)
{
    fa_handle handle;
    fa_asset asset;
    fa_stream_config config = FA_STREAM_CONFIG_INIT;
    fa_allocator *a = make(NULL);
    CHECK_EQ(fa_handle_alloc(a, 64, 16, &handle), FA_OK);
    CHECK(fa_handle_pin(a, handle) != NULL);
    CHECK_EQ(fa_handle_free(a, handle), FA_ERROR_PINNED);
    expect(FA_CODE_PINNED, "handle 0x@ is pinned and was to be freed (");
    CHECK_EQ(fa_handle_unpin(a, handle), FA_OK);
    CHECK_EQ(fa_handle_free(a, handle), FA_OK);
    CHECK_EQ(fa_handle_free(a, handle), FA_ERROR_STALE);
    expect(FA_CODE_BAD_HANDLE, "handle 0x@ was freed, or is of another allocator (");
    config.budget = 10000;
    fa_stream *stream = fa_stream_create(a, &config);
    REQUIRE(stream != NULL);
    CHECK_EQ(fa_stream_reserve(stream, 20000, FA_PRIORITY_NORMAL, "sky", &asset), FA_ERROR_BUDGET);
    expect(FA_CODE_STREAM_BUDGET, "20000 bytes were asked for, 0 of 10000 are used (");
    CHECK_EQ(fa_stream_reserve(stream, 5000, FA_PRIORITY_NORMAL, "sky", &asset), FA_OK);
    CHECK_EQ(fa_stream_evict(stream, asset), FA_ERROR_STATE);
    expect(FA_CODE_WRONG_STATE, "only an asset that is ready can be evicted (");
    fa_allocator_release(a);
}

static void blocks(void)
{
    fa_config config = FA_CONFIG_INIT;
    fa_allocator *a = make(&config);
    fa_allocator *other = fa_allocator_create(NULL);
    int here = 0;
    char *block = fa_heap_alloc(a, 100, 16);
    CHECK_EQ(fa_release(a, opaque(&here)), FA_ERROR_FOREIGN_POINTER);
    expect(FA_CODE_FOREIGN_POINTER, "0x@ lies in no page or block of this allocator (");
    CHECK_EQ(fa_release(a, opaque(block + 16)), FA_ERROR_INTERIOR_POINTER);
    expect(FA_CODE_INTERIOR_POINTER, "0x@ is inside a block (");
    void *theirs = fa_heap_alloc(other, 100, 16);
    CHECK_EQ(fa_release(a, opaque(theirs)), FA_ERROR_WRONG_LANE);
    expect(FA_CODE_WRONG_ALLOCATOR, "0x@ belongs to allocator @, this is @ (");
    CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    CHECK_EQ(fa_release(a, opaque(block)), FA_ERROR_DOUBLE_FREE);
    expect(FA_CODE_DOUBLE_FREE, "the block at 0x@ is free (");
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static void everything_else(void)
{
    static spy s;
    fa_config config;
    fa_allocator *a = make(NULL);
    CHECK(fa_pool_alloc(a, opaque_size(SIZE_MAX), 16) == NULL);
    expect(FA_CODE_INVALID_ARGUMENT, "@ bytes aligned to 16 were asked for: the size, or the size with its alignment, is more");
    FA_ASSERT(a, 1 + 1 == 3);
    expect(FA_CODE_ASSERTION, "1 + 1 == 3 is false at ");
    fa_allocator_release(a);
    spy_start(&s);
    config = spy_config(&s);
    a = make(&config);
    s.fail_all = true;
    CHECK(fa_heap_alloc(a, 100000, 16) == NULL);
    expect(FA_CODE_OUT_OF_MEMORY, "100000 bytes aligned to 16 were asked for: the backend gave no memory (");
    s.fail_all = false;
    s.null_but_done = true;
    CHECK(fa_heap_alloc(a, 100000, 16) == NULL);
    expect(FA_CODE_BACKEND, "allocate said done and gave NULL (");
    fa_allocator_release(a);
}

static void what_goes_to_stderr(void)
{
    char text[8192];
    capture_stderr saved;
    fa_diagnostic_text known = FA_DIAGNOSTIC_TEXT_INIT;
    capture_stderr_begin(&saved);
    CHECK(fa_pool_alloc(opaque(NULL), 16, 16) == NULL);
    CHECK_EQ(setenv("FRAMEALLOC_STRICT", "bogus", 1), 0);
    fa_allocator_release(fa_allocator_create(NULL));
    CHECK_EQ(unsetenv("FRAMEALLOC_STRICT"), 0);
    CHECK_EQ(setenv("FRAMEALLOC_DEBUG", "guards,poisson", 1), 0);
    fa_allocator_release(fa_allocator_create(NULL));
    CHECK_EQ(unsetenv("FRAMEALLOC_DEBUG"), 0);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK_EQ(fa_diagnostic_describe(FA_CODE_INVALID_ALLOCATOR, &known), FA_OK);
    CHECK(strstr(text, "[framealloc][FA902] error: no allocator\n  note: the handle is NULL (on thread \"unit-codes\"") != NULL);
    CHECK(strstr(text, known.help) != NULL);
    CHECK(strstr(text, "[framealloc][FA906] warning: environment variable not understood\n"
                       "  note: FRAMEALLOC_STRICT is \"bogus\", and takes warn, error or warning (") != NULL);
    CHECK(strstr(text, "[framealloc][FA906] warning: environment variable not understood\n"
                       "  note: FRAMEALLOC_DEBUG has words that are none: poisson (") != NULL ||
          strstr(text, "  note: FRAMEALLOC_DEBUG is set, and the library was built without debug mode: guards,poisson (") != NULL);
    seen[FA_CODE_INVALID_ALLOCATOR] = 1;
    seen[FA_CODE_ENVIRONMENT] = 1;
}

enum { PAGE_BYTES = 65536 };

/* As a write far in front of the first block of a page would. */
static void damaged_structures(void)
{
    fa_allocator *a = make(NULL);
    char *block = fa_heap_alloc(a, 100, 16);
    uint32_t *header = opaque((void *)((uintptr_t)block / PAGE_BYTES * PAGE_BYTES));
    uint32_t before[2];
    memcpy(before, header, sizeof before);
    memset(header, 0x55, sizeof before);
    CHECK_EQ(fa_release(a, opaque(block + 1)), FA_ERROR_CORRUPT);
    expect(FA_CODE_INTERNAL, "the header of the page at 0x@, in which the block at 0x@ lies, makes no sense (");
    memcpy(header, before, sizeof before);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static fa_debug_options debugging(uint32_t flags)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = flags;
    return options;
}

static void damaged_blocks(void)
{
    fa_allocator *a = make(NULL);
    fa_debug_options options = debugging(FA_DEBUG_POISON | FA_DEBUG_GUARDS | FA_DEBUG_QUARANTINE);
    fa_status supported = fa_debug_configure(a, &options);
    if (supported == FA_ERROR_UNSUPPORTED) {
        const int32_t codes[] = {FA_CODE_OVERFLOW, FA_CODE_UNDERFLOW, FA_CODE_LATE_WRITE, FA_CODE_OLD_BLOCK, FA_CODE_LEAK};
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
            seen[codes[i]] = 1;
        fa_allocator_release(a);
        SKIP("built without debug support");
    }
    unsigned char *block = opaque(fa_pool_alloc(a, 40, 16));
    block[40] = 1;
    CHECK_EQ(fa_release(a, block), FA_OK);
    expect(FA_CODE_OVERFLOW, "40 bytes at 0x@ (pool): 1 byte past its end is overwritten, the first at offset 40, found");
    block = opaque(fa_heap_alloc(a, 40, 16));
    block[-1] = 1;
    CHECK_EQ(fa_release(a, block), FA_OK);
    expect(FA_CODE_UNDERFLOW, "40 bytes at 0x@ (heap): 1 byte before its start is overwritten, the nearest at offset -1, found");
    block = opaque(fa_heap_alloc(a, 40, 16));
    unsigned char *later = opaque(block);
    CHECK_EQ(fa_release(a, block), FA_OK);
    later[8] = 1;
    CHECK_EQ(fa_debug_check(a, NULL), FA_OK);
    expect(FA_CODE_LATE_WRITE, "40 bytes at 0x@ (heap): 1 byte was written after its release, the first at offset 8, found by");
    block = opaque(fa_heap_alloc(a, 40, 16));
    CHECK_EQ(fa_debug_report_old(a, 0, 0, NULL), FA_OK);
    expect(FA_CODE_OLD_BLOCK, "1 block");
    fa_allocator_release(a);
    CHECK(reports.by_code[FA_CODE_LEAK] > 0);
    expect(FA_CODE_LEAK, "1 block");
}

/* The child ends with the fault, as the program would. */
static void use_after_frame(void)
{
    char text[4096];
    capture_stderr saved;
    int result = 0;
    fa_allocator *a = make(NULL);
    fa_debug_options options = debugging(FA_DEBUG_PAGES | FA_DEBUG_FAULTS);
    seen[FA_CODE_AFTER_FRAME] = 1;
    if (fa_debug_configure(a, &options) != FA_OK) {
        fa_allocator_release(a);
        SKIP("built without debug support");
    }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    fa_allocator_release(a);
    SKIP("the sanitizer handles faults itself");
#endif
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    char *memory = opaque(fa_frame_alloc(a, 100, 16));
    CHECK_EQ(fa_frame_end(a), FA_OK);
    capture_stderr_begin(&saved);
    pid_t child = fork();
    if (child == 0) {
        memory[1] = 1;
        (void)kill(getpid(), SIGKILL);
    }
    CHECK(child > 0 && waitpid(child, &result, 0) == child);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK(WIFSIGNALED(result) && WTERMSIG(result) == SIGSEGV);
    CHECK(strstr(text, "[framealloc][FA010] error: frame memory used after its frame ended\n") != NULL);
    CHECK(strstr(text, " is byte 1 of 100 bytes at 0x") != NULL && strstr(text, "(frame) of frame 1, lane ") != NULL);
    fa_allocator_release(a);
}

static void snapshots(void)
{
    fa_allocator *a = make(NULL);
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = "/proc/no such folder";
    CHECK_EQ(fa_snapshot_configure(a, &config), FA_OK);
    CHECK_EQ(fa_snapshot_request(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect(FA_CODE_SNAPSHOT, "");
    CHECK(strstr(reports.note, "/proc/no such folder") != NULL);
    fa_allocator_release(a);
}

static void traces(void)
{
    fa_allocator *a = make(NULL);
    CHECK_EQ(fa_trace_start(a, "/proc/no such folder/trace.json", NULL), FA_ERROR_IO);
    expect(FA_CODE_TRACE, "\"/proc/no such folder/trace.json\": No such file or directory");
    fa_allocator_release(a);
}

static void run_frames(fa_allocator *a, int frames, void (*work)(fa_allocator *a))
{
    for (int i = 0; i < frames; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        work(a);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
}

static void take_and_release(fa_allocator *a)
{
    for (int i = 0; i < 10; i++)
        CHECK_EQ(fa_release(a, fa_pool_alloc(a, 64, 16)), FA_OK);
}

static void use_heap(fa_allocator *a)
{
    for (int i = 0; i < 10; i++)
        CHECK_EQ(fa_release(a, fa_heap_alloc(a, 64, 16)), FA_OK);
}

static void promote(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_promotion promotion;
    size_t total;
    how.policy = FA_RETAIN_TO_HEAP;
    for (int i = 0; i < 128; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
        CHECK_EQ(fa_frame_end_with_promotions(a, &promotion, 1, &total, NULL), FA_OK);
        CHECK_EQ(fa_release(a, promotion.after), FA_OK);
    }
}

static void nothing(fa_allocator *a)
{
    (void)a;
}

static void behaviour(void)
{
    fa_allocator *a = make(NULL);
    fa_frame_token token;
    CHECK_EQ(fa_filter_enable(a, NULL), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    run_frames(a, 64, take_and_release);
    expect(FA_CODE_SHORT_LIVED_POOL, "tag ai: observed 100 %, threshold 50 %, 640 pool blocks (");
    CHECK_EQ(fa_filter_reset(a), FA_OK);
    run_frames(a, 128, use_heap);
    expect(FA_CODE_HEAP_IN_HOT_PATH, "tag ai: observed 10 blocks per frame, threshold 8 blocks per frame, 128 frames that take some (");
    CHECK_EQ(fa_filter_reset(a), FA_OK);
    promote(a);
    expect(FA_CODE_PROMOTION_CHURN, "tag ai: observed 50 %, threshold 5 %, @ frame blocks (");
    CHECK_EQ(fa_filter_reset(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    run_frames(a, 20, nothing);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    run_frames(a, 64, nothing);
    expect(FA_CODE_LONG_LIVED_FRAME, "tag ai: observed 20 frames, threshold 10 frames, 1 frames that lived on (");
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void no_code_is_left_out(void)
{
    int32_t code;
    for (size_t i = 0; (code = fa_diagnostic_code_at(i)) != 0; i++) {
        fa_diagnostic_text text = FA_DIAGNOSTIC_TEXT_INIT;
        CHECK_EQ(fa_diagnostic_describe(code, &text), FA_OK);
        if (!CHECK(seen[code]))
            printf("# %s was not raised\n", text.name);
    }
}

CHECK_MAIN(CASE(frames), CASE(scopes), CASE(engines), CASE(lanes), CASE(the_end_of_a_thread), CASE(deferred), CASE(threads),
           CASE(threads_leave_things_behind), CASE(budgets), CASE(stores), CASE(blocks), CASE(everything_else),
           CASE(what_goes_to_stderr), CASE(damaged_structures), CASE(damaged_blocks), CASE(use_after_frame), CASE(snapshots),
           CASE(traces), CASE(behaviour), CASE(no_code_is_left_out))
