/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The same trace through malloc, calloc, posix_memalign and free, whoever provides them. */
#define _GNU_SOURCE
#include "message.h"
#include "player.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

struct malloc_player {
    struct player player;      /* First: the script gets a pointer to it. */
    uint64_t held_before;      /* Bytes in use when the pass began: those of the program itself. */
};

static uint64_t bytes_held(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.arena + info.hblkhd;
}

static uint64_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void sample_memory(struct player *player)
{
    uint64_t held = bytes_held() - ((struct malloc_player *)(void *)player)->held_before;
    if (player->pass->peak_bytes < held)
        player->pass->peak_bytes = held;
}

static void *take_special(const struct op *op)
{
    if (op_align(op) <= FA_ALIGN_DEFAULT)
        return calloc(1, op->size);
    void *block;
    if (posix_memalign(&block, op_align(op), op->size) != 0)
        return NULL;
    if (op_zeroed(op))
        memset(block, 0, op->size);
    return block;
}

static __attribute__((cold, noreturn)) void refused(const struct player *player)
{
    fail("%s: malloc: no memory", player->program->name);
}

static void look_at_mark(struct player *player)
{
    if (player->pass->watch == WATCH_MEMORY)
        sample_memory(player);
    player_mark(player);
}

/* `close` is constant in each caller: what is not watched is not compiled in. */
static inline __attribute__((always_inline)) void play_ops(struct player *player, size_t from, enum closeness close)
{
    void **slots = player->slots;
    for (const struct op *op = player->ops + from;; op++) {
        if (op_kind(op) <= OP_LAST_ALLOCATION) {
            void *block = op_kind(op) == OP_BLOCK ? malloc(op->size) : take_special(op);
            if (block == NULL)
                refused(player);
            slots[op_slot(op)] = block;
            if (close == CLOSE_BLOCKS)
                player_made(player, block, (size_t)(op - player->ops));
            else
                touch(block);
        } else if (op_kind(op) == OP_RELEASE) {
            if (close == CLOSE_BLOCKS)
                player_releases(player, op_slot(op));
            free(slots[op_slot(op)]);
        } else if (op_kind(op) == OP_STOP) {
            return;
        } else if (close != CLOSE_NOT) {
            look_at_mark(player);
        }
    }
}

static void play(struct player *player, size_t from)
{
    play_ops(player, from, CLOSE_NOT);
}

static void play_watching_frames(struct player *player, size_t from)
{
    play_ops(player, from, CLOSE_FRAMES);
}

static void play_watching_blocks(struct player *player, size_t from)
{
    play_ops(player, from, CLOSE_BLOCKS);
}

static void loaded(struct player *player)
{
    if (player->pass->watch == WATCH_MEMORY)
        sample_memory(player);
}

static void release(struct player *player, void *block)
{
    (void)player;
    free(block);
}

/* mallinfo2() tells of the C library's malloc, which another one may have replaced. */
static bool mallinfo_tells(void)
{
    const size_t probe = (size_t)3 << 20;
    uint64_t before = bytes_in_use();
    void *volatile block = malloc(probe);
    uint64_t after = bytes_in_use();
    free(block);
    return after >= before + probe;
}

void run_malloc(const struct program *program, struct pass *pass)
{
    static const struct script script = {{play, play_watching_frames, play_watching_blocks}, loaded, release};
    struct malloc_player self = {.held_before = 0};
    player_open(&self.player, program, pass, "malloc");
    if (pass->watch == WATCH_MEMORY) {
        malloc_trim(0);
        self.held_before = bytes_in_use();
    }
    player_run(&self.player, &script);
    if (pass->watch == WATCH_MEMORY && !mallinfo_tells())
        pass->peak_bytes = 0;
    player_close(&self.player);
}
