/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Prints snapshots of an allocator that random things happen to, and what they should say, for validate.py: lines of
 * `name` with the bytes of a name in hexadecimal, `figure` with a key and a value, and `text` with the length of the
 * snapshot that follows. */
#include "pattern.h"

#include <framealloc/framealloc.h>

#include <stdio.h>

enum { ROUNDS = 40, BLOCKS = 64, TEXT = 1 << 20 };

static fa_allocator *a;
static void *blocks[BLOCKS];
static char text[TEXT];

/* Any bytes that a tag may have, those of real characters more often. */
static void random_name(dice *d, char *name)
{
    static const char *const pieces[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x99\x82", "\"", "\\", "\n",
                                         "\xed\xa0\x80", "\xf4\x90\x80\x80"};
    size_t length = 1 + dice_below(d, FA_TAG_NAME_MAX);
    size_t at = 0;
    while (at < length) {
        if (dice_below(d, 3) == 0) {
            const char *piece = pieces[dice_below(d, sizeof pieces / sizeof *pieces)];
            for (; *piece != '\0' && at < length; piece++)
                name[at++] = *piece;
        } else {
            char byte = (char)(1 + dice_below(d, 255));
            name[at++] = byte == ':' ? ';' : byte;
        }
    }
    name[at] = '\0';
}

static void say_name(const char *kind, const char *name)
{
    printf("%s ", kind);
    for (; *name != '\0'; name++)
        printf("%02x", (unsigned char)*name);
    printf("\n");
}

static void one_block(dice *d)
{
    void **block = &blocks[dice_below(d, BLOCKS)];
    (void)fa_release(a, *block);
    size_t size = 1 + dice_size(d, 18);
    *block = dice_below(d, 2) ? fa_heap_alloc(a, size, 16) : fa_pool_alloc(a, 1 + size % 4000, 16);
}

static void one_tag(dice *d)
{
    char name[FA_TAG_NAME_MAX + 1];
    random_name(d, name);
    fa_tag tag = fa_tag_nested(a, 0, name);
    say_name("tag", name);
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = ((uint64_t)1 << 40) + dice_below(d, 1000);
    budget.policy = (int32_t)dice_below(d, 3);
    if (dice_below(d, 2))
        (void)fa_budget_set_tag(a, tag, &budget);
    (void)fa_tag_push(a, tag);
    for (size_t i = 0; i < 8; i++)
        one_block(d);
    (void)fa_tag_pop(a);
}

static void say_figures(void)
{
    fa_stats stats = FA_STATS_INIT;
    (void)fa_allocator_stats(a, &stats);
    printf("figure pool_bytes %llu\n", (unsigned long long)stats.pool.live_bytes);
    printf("figure heap_bytes %llu\n", (unsigned long long)stats.heap.live_bytes);
    printf("figure scratch_bytes %llu\n", (unsigned long long)stats.scratch.live_bytes);
    printf("figure frame_bytes %llu\n", (unsigned long long)stats.frame.live_bytes);
}

static void one_round(dice *d)
{
    size_t bytes = 0;
    (void)fa_frame_begin(a);
    for (size_t i = dice_below(d, 5); i > 0; i--)
        one_tag(d);
    if (fa_frame_alloc(a, 1 + dice_size(d, 16), 16) == NULL || fa_scratch_alloc(a, 1 + dice_size(d, 12), 16) == NULL)
        exit(1);
    if (dice_below(d, 4) == 0)
        (void)fa_release(a, opaque(text));
    say_figures();
    if (fa_snapshot_write(a, text, sizeof text, &bytes) != FA_OK)
        exit(1);
    (void)fa_frame_end(a);
    printf("text %zu\n%s", bytes - 1, text);
}

int main(void)
{
    dice d = {dice_seed()};
    fa_stream_config config = FA_STREAM_CONFIG_INIT;
    a = fa_allocator_create(NULL);
    fa_snapshot_config snapshots = FA_SNAPSHOT_CONFIG_INIT;
    char name[FA_TAG_NAME_MAX + 1];
    random_name(&d, name);
    snapshots.folder = "/nonexistent";
    snapshots.name = name;
    snapshots.automatic = 0;
    snapshots.most_tags = 10000;
    if (fa_snapshot_configure(a, &snapshots) != FA_OK || fa_stream_create(a, &config) == NULL)
        return 1;
    say_name("allocator", name);
    random_name(&d, name);
    if (fa_lane_create(a, name) == NULL)
        return 1;
    say_name("lane", name);
    for (size_t i = 0; i < ROUNDS; i++)
        one_round(&d);
    fa_allocator_release(a);
    return 0;
}
