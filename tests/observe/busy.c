/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* busy FOLDER automatic|request NAME: runs frames until its standard input ends, with tags, budgets and mistakes that
 * tests look for, and names that would do harm to whoever shows them as they are. */
#include <framealloc/framealloc.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void ignore_report(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

static void *take(fa_allocator *a, const char *path, uint64_t limit, size_t size)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = limit;
    if (limit != 0)
        (void)fa_budget_set_tag(a, fa_tag_get(a, path), &budget);
    (void)fa_tag_push(a, fa_tag_get(a, path));
    void *block = fa_heap_alloc(a, size, 16);
    (void)fa_tag_pop(a);
    return block;
}

static int goes_on(void)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, 2) == 0;
}

static void run_frames(fa_allocator *a)
{
    while (goes_on()) {
        (void)fa_frame_begin(a);
        (void)fa_tag_push(a, fa_tag_get(a, "drawing"));
        void *block = fa_frame_alloc(a, 50000, 16);
        (void)fa_tag_pop(a);
        (void)fa_frame_end(a);
        if (block == NULL)
            return;
    }
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    fa_allocator *a = fa_allocator_create(NULL);
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = arguments[1];
    config.automatic = strcmp(arguments[2], "automatic") == 0;
    config.name = arguments[3];
    (void)fa_diagnostic_set_sink(a, ignore_report, NULL);
    void *blocks[] = {
        take(a, "world::terrain", 1 << 20, 640 << 10),
        take(a, "world::water", 120000, 90000),
        take(a, "</script><img src=x onerror=document.title='owned'>", 0, 3000),
        take(a, "\x1b[31m\x1b]0;owned\x07\xe2\x80\xae", 0, 2000),
        take(a, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xf0\x9f\x8e\xae", 0, 1000),
        take(a, "not \xff utf-8", 0, 500),
    };
    (void)fa_frame_end(a);
    if (fa_snapshot_configure(a, &config) != FA_OK)
        return 1;
    printf("%ld-%llu\n", (long)getpid(), (unsigned long long)fa_allocator_id(a));
    (void)fflush(stdout);
    run_frames(a);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        (void)fa_release(a, blocks[i]);
    fa_allocator_release(a);
    return 0;
}
