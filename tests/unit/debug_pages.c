/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Debug mode: memory of ended frames faults, and the report says whose it was. */
#include "capture.h"
#include "child.h"
#include "figures.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static fa_allocator *a;
static capture heard;

static bool setup_with(uint32_t flags, uint64_t kept)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    a = fa_allocator_create(NULL);
    capture_start(&heard, a);
    options.flags = flags;
    options.pages_kept_bytes = kept;
    if (fa_debug_configure(a, &options) == FA_OK)
        return true;
    fa_allocator_release(a);
    return false;
}

#define NEEDS(flags, kept)                                                                                            \
    do {                                                                                                              \
        if (!setup_with(flags, kept))                                                                                 \
            SKIP("built without debug mode, or no stacks of calls here");                                             \
    } while (0)

static uint64_t kept_bytes(void)
{
    fa_debug_stats stats = FA_DEBUG_STATS_INIT;
    CHECK_EQ(fa_debug_get_stats(a, &stats), FA_OK);
    return stats.kept_frame_bytes;
}

/* Whether the kernel lets the process read there. */
static bool readable(const void *address)
{
    int ends[2];
    if (!CHECK(pipe(ends) == 0))
        return false;
    bool can = write(ends[1], address, 1) == 1;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return can;
}

static __attribute__((noinline)) unsigned char *spawn_enemy(size_t size)
{
    unsigned char *block = fa_frame_alloc(a, size, 8);
    __asm__ volatile("" : : "r"(block));
    return block;
}

static unsigned char *of_an_ended_frame(size_t size)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = spawn_enemy(size);
    memset(block, 1, size);
    CHECK(readable(block));
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return block;
}

static void ended_frames_lose_access(void)
{
    NEEDS(FA_DEBUG_PAGES | FA_DEBUG_GUARDS, 1 << 20);
    for (int i = 0; i < 5; i++) {
        unsigned char *block = of_an_ended_frame(100);
        CHECK(!readable(block) && !readable(block + 99));
    }
    unsigned char *large = of_an_ended_frame(300000);
    CHECK(!readable(large) && !readable(large + 299999));
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

static void the_oldest_go_first(void)
{
    NEEDS(FA_DEBUG_PAGES, 400000);
    unsigned char *first = of_an_ended_frame(100);
    for (int i = 0; i < 50; i++) {
        CHECK(!readable(of_an_ended_frame(100)));
        CHECK(kept_bytes() <= 400000);
    }
    fa_debug_block found = FA_DEBUG_BLOCK_INIT;
    CHECK(fa_debug_find(a, first, &found) == FA_ERROR_NOT_FOUND || found.serial > 1);
    CHECK(kept_bytes() > 200000);
    size_t released;
    CHECK_EQ(fa_allocator_trim(a, &released), FA_OK);
    CHECK_EQ(kept_bytes(), 0);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
}

static void blocks_of_ended_frames_are_known(void)
{
    NEEDS(FA_DEBUG_ALL, 1 << 20);
    unsigned char *block = of_an_ended_frame(100);
    fa_debug_block found = FA_DEBUG_BLOCK_INIT;
    CHECK_EQ(fa_debug_find(a, block + 50, &found), FA_OK);
    CHECK_EQ(found.state, FA_DEBUG_BLOCK_ENDED);
    CHECK_EQ(found.frame, 1);
    CHECK(found.address == block);
    CHECK_EQ(fa_release(a, opaque(block)), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(heard.last.code, 504);
    CHECK_EQ(fa_debug_check(a, NULL), FA_OK);
    fa_debug_stats stats = FA_DEBUG_STATS_INIT;
    CHECK_EQ(fa_debug_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.live_blocks, 0);
    fa_allocator_release(a);
}

static void frames_that_look_ahead_and_held_ones(void)
{
    NEEDS(FA_DEBUG_PAGES | FA_DEBUG_GUARDS, 8 << 20);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *ahead = fa_frame_alloc_ahead(a, 2, 100, 8);
    unsigned char *held = spawn_enemy(100);
    memset(ahead, 1, 100);
    memset(held, 1, 100);
    fa_frame_token token;
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK(readable(held) && readable(ahead));
    (void)of_an_ended_frame(10);
    CHECK(readable(held) && readable(ahead));
    (void)of_an_ended_frame(10);
    CHECK(readable(held) && !readable(ahead));
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK(!readable(held));
    fa_allocator_release(a);
}

static void switched_between_frames(void)
{
    NEEDS(FA_DEBUG_PAGES, 1 << 20);
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    for (int turn = 0; turn < 4; turn++) {
        CHECK_EQ(fa_debug_configure(a, NULL), FA_OK);
        CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
        CHECK(readable(of_an_ended_frame(100)));
        options.flags = turn % 2 == 0 ? FA_DEBUG_PAGES : FA_DEBUG_CHEAP;
        CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
        unsigned char *ended = of_an_ended_frame(100);
        CHECK(turn % 2 == 0 ? !readable(ended) : kept_bytes() == 0);
        options.flags = FA_DEBUG_PAGES | FA_DEBUG_POISON;
        CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
        CHECK(!readable(of_an_ended_frame(100)));
    }
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

static void switched_in_the_middle_of_a_frame(void)
{
    NEEDS(FA_DEBUG_PAGES, 0);
    CHECK_EQ(fa_debug_configure(a, NULL), FA_OK);
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    for (int turn = 0; turn < 6; turn++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        unsigned char *first = spawn_enemy(100);
        memset(first, 1, 100);
        options.flags = turn % 2 == 0 ? FA_DEBUG_PAGES | FA_DEBUG_POISON : 0;
        CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
        CHECK_EQ(kept_bytes(), 0);
        unsigned char *large = spawn_enemy(200000);
        memset(large, 1, 200000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        /* The first frame may have chunks from before. */
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        large = spawn_enemy(200000);
        memset(large, 1, 200000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK(readable(large) == (turn % 2 != 0));
    }
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

static void rollbacks_and_scratch_stay_in_use(void)
{
    NEEDS(FA_DEBUG_PAGES | FA_DEBUG_CHEAP, 8 << 20);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 20; i++) {
        fa_checkpoint checkpoint = fa_frame_checkpoint(a);
        memset(spawn_enemy(100000), 1, 100000);
        CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
        memset(fa_scratch_alloc(a, 70000, 8), 1, 70000);
        CHECK_EQ(fa_scratch_reset(a), FA_OK);
    }
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK(figures(a).chunk_bytes < 2 << 20);
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

/* What a child writes to stderr while it does something that ends it. */
static int output_of(void (*act)(void), char *text, size_t size)
{
    int ends[2];
    int status = 0;
    size_t used = 0;
    if (!CHECK(pipe(ends) == 0))
        return 0;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        act();
        _exit(0);
    }
    (void)close(ends[1]);
    for (ssize_t got; used + 1 < size && (got = read(ends[0], text + used, size - 1 - used)) > 0;)
        used += (size_t)got;
    text[used] = 0;
    (void)close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

static void use_after_the_end(void)
{
    (void)fa_frame_begin(a);
    (void)fa_tag_push_name(a, "ai");
    (void)fa_phase_begin(a, "broad");
    volatile unsigned char *block = spawn_enemy(40);
    (void)fa_phase_end(a);
    (void)fa_tag_pop(a);
    (void)fa_frame_end(a);
    block[7] = 1;
}

static bool says(const char *text, const char *part)
{
    bool found = strstr(text, part) != NULL;
    if (!found)
        printf("# \"%s\" is not in: %s\n", part, text);
    return found;
}

static void the_fault_is_reported(void)
{
    char text[8192];
    NEEDS(FA_DEBUG_ALL, 1 << 20);
    int status = output_of(use_after_the_end, text, sizeof text);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
    CHECK(says(text, "[framealloc][FA010] error: frame memory used after its frame ended\n"));
    CHECK(says(text, " is byte 7 of 40 bytes at 0x") && says(text, "(frame, tag ai, phase \"broad\") of frame 1, lane "));
    CHECK(says(text, "; allocated by spawn_enemy < use_after_the_end"));
    fa_allocator_release(a);
}

static void use_under_forged_names(void)
{
    (void)fa_frame_begin(a);
    (void)fa_tag_push_name(a, "ai\n[framealloc][FA001] tag");
    (void)fa_phase_begin(a, "b\033[31m\302\233\n[framealloc] phase");
    (void)pthread_setname_np(pthread_self(), "t\nframealloc");
    volatile unsigned char *block = spawn_enemy(40);
    (void)fa_phase_end(a);
    (void)fa_tag_pop(a);
    (void)fa_frame_end(a);
    block[7] = 1;
}

static void names_forge_no_lines(void)
{
    char text[8192];
    NEEDS(FA_DEBUG_ALL, 1 << 20);
    (void)output_of(use_under_forged_names, text, sizeof text);
    CHECK(says(text, "tag ai\\x0A[framealloc][FA001] tag, phase \"b\\x1B[31m\\xC2\\x9B\\x0A[framealloc] phase\")"));
    CHECK(says(text, "(thread \"t\\x0Aframealloc\")"));
    CHECK(strstr(text, "\n[framealloc][FA001]") == NULL);
    CHECK(strchr(text, '\033') == NULL);
    fa_allocator_release(a);
}

/* A frame for each chunk, so that nothing but the memory limits how many are kept. */
enum { MANY = 9000 };
static unsigned char *of_many[MANY];

static void use_the_newest(void)
{
    *(volatile unsigned char *)(of_many[MANY - 1] + 7) = 1;
}

static void use_the_oldest(void)
{
    *(volatile unsigned char *)(of_many[0] + 9) = 1;
}

static void many_frames_are_known_at_once(void)
{
    char text[8192];
    NEEDS(FA_DEBUG_PAGES | FA_DEBUG_FAULTS, (uint64_t)1 << 40);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        of_many[i] = spawn_enemy(40);
        REQUIRE(of_many[i] != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    (void)output_of(use_the_newest, text, sizeof text);
    CHECK(says(text, "[FA010]") && says(text, " is byte 7 of 40 bytes at 0x") && says(text, " of frame 9000, lane "));
    (void)output_of(use_the_oldest, text, sizeof text);
    CHECK(says(text, "[FA010]") && says(text, " is byte 9 of 40 bytes at 0x") && says(text, " of frame 1, lane "));
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(kept_bytes(), 0);
    of_many[MANY - 1] = of_an_ended_frame(40);
    (void)output_of(use_the_newest, text, sizeof text);
    CHECK(says(text, "[FA010]") && says(text, " of frame 9001, lane "));
    fa_allocator_release(a);
}

static sigjmp_buf back;

static void own_handler(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

static void fault_under_an_own_handler(void)
{
    (void)signal(SIGSEGV, own_handler);
    if (!setup_with(FA_DEBUG_ALL, 1 << 20))
        _exit(2);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(back, 1) == 0) {
            use_after_the_end();
            _exit(3);
        }
        if (fa_allocator_trim(a, NULL) != FA_OK)
            _exit(4);
    }
    fa_allocator_release(a);
    volatile char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sigsetjmp(back, 1) == 0) {
        *nowhere = 1;
        _exit(5);
    }
    child_end(0);
}

/* Before this process sets the handler of the library. */
static void the_program_keeps_its_own_handler(void)
{
    char text[16384];
    if (!setup_with(FA_DEBUG_PAGES | FA_DEBUG_SITES, 0))
        SKIP("built without debug mode, or no stacks of calls here");
    fa_allocator_release(a);
    int status = output_of(fault_under_an_own_handler, text, sizeof text);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    unsigned reports = 0;
    for (const char *at = text; (at = strstr(at, "[FA010]")) != NULL; at++)
        reports++;
    CHECK_EQ(reports, 3);
}

static void *run_frames(void *user)
{
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        memset(spawn_enemy((size_t)(uintptr_t)user * 1000), 1, (size_t)(uintptr_t)user * 1000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    return NULL;
}

static void several_threads(void)
{
    enum { THREADS = 4 };
    NEEDS(FA_DEBUG_ALL, 1 << 20);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, run_frames, (void *)(i + 1)) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(kept_bytes() <= 1 << 20);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

CHECK_MAIN(CASE(the_program_keeps_its_own_handler), CASE(ended_frames_lose_access), CASE(the_oldest_go_first),
           CASE(blocks_of_ended_frames_are_known), CASE(frames_that_look_ahead_and_held_ones),
           CASE(switched_between_frames), CASE(switched_in_the_middle_of_a_frame),
           CASE(rollbacks_and_scratch_stay_in_use), CASE(the_fault_is_reported), CASE(many_frames_are_known_at_once),
           CASE(names_forge_no_lines),
           CASE(several_threads))
