/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A trace the way a programmer would use the library: a window or
 * fa_frame_alloc() for what dies in its frame, fa_frame_alloc_ahead() for what
 * reaches a coming frame, fa_alloc() by size and fa_release() for the rest.
 */
#include "message.h"
#include "player.h"

#include <framealloc/framealloc.h>

#include <string.h>

struct framealloc_player {
    struct player player; /* First: the script gets a pointer to it. */
    fa_allocator *allocator;
    fa_lane **lanes;
    bool sampled; /* The running frame, by the first lane that ended it. */
};

static struct framealloc_player *whole(struct player *player)
{
    return (struct framealloc_player *)(void *)player;
}

static __attribute__((cold, noreturn)) void refused(const struct player *player, const char *what)
{
    fail("%s: framealloc: %s refused: %s", player->program->name, what, fa_status_message(fa_last_status()));
}

static void *zeroed(void *block, size_t size)
{
    return block == NULL ? NULL : memset(block, 0, size);
}

static void *frame_block(fa_allocator *a, const struct op *op)
{
    return op_zeroed(op) ? fa_frame_alloc_zeroed(a, op->size, op_align(op)) : fa_frame_alloc(a, op->size, op_align(op));
}

static void *special_ahead(fa_allocator *a, const struct op *op)
{
    void *block = fa_frame_alloc_ahead(a, op_slot(op), op->size, op_align(op));
    return op_zeroed(op) ? zeroed(block, op->size) : block;
}

static void *special_block(fa_allocator *a, const struct op *op)
{
    return op_zeroed(op) ? fa_alloc_zeroed(a, FA_INTENT_AUTO, op->size, op_align(op))
                         : fa_alloc(a, FA_INTENT_AUTO, op->size, op_align(op));
}

/* Slots receive the blocks that are released by name. */
static void *take_seldom(fa_allocator *a, void **slots, const struct op *op)
{
    switch (op_kind(op)) {
    case OP_FRAME:
        return frame_block(a, op);
    case OP_AHEAD_SPECIAL:
        return special_ahead(a, op);
    case OP_BLOCK:
        return slots[op_slot(op)] = fa_alloc(a, FA_INTENT_AUTO, op->size, FA_ALIGN_DEFAULT);
    default:
        return slots[op_slot(op)] = special_block(a, op);
    }
}

/* What the kind of the op asks for: branches that predict well, as in the loop for malloc. */
static inline __attribute__((always_inline)) void *take(fa_allocator *a, fa_window *window, void **slots,
                                                        const struct op *op)
{
    if (op_kind(op) == OP_WINDOW)
        return fa_window_alloc(window, op->size, FA_ALIGN_DEFAULT);
    if (op_kind(op) == OP_AHEAD)
        return fa_frame_alloc_ahead(a, op_slot(op), op->size, FA_ALIGN_DEFAULT);
    if (op_kind(op) == OP_WINDOW_ZEROED)
        return zeroed(fa_window_alloc(window, op->size, FA_ALIGN_DEFAULT), op->size);
    return take_seldom(a, slots, op);
}

/* The first lane to end a frame finds everything still in use; those that follow only tell what is theirs. */
static void sample_memory(struct framealloc_player *self)
{
    struct memory_sample *sample = &self->player.pass->samples[self->player.frame];
    fa_stats stats = FA_STATS_INIT;
    if (fa_allocator_stats(self->allocator, &stats) != FA_OK)
        return;
    if (!self->sampled)
        *sample = (struct memory_sample){0, stats.frame.live_bytes, stats.pool.live_bytes, stats.heap.live_bytes};
    size_t used = fa_frame_used(self->allocator);
    sample->frame += used;
    sample->ahead -= used;
    self->sampled = true;
    self->player.pass->peak_bytes = stats.reserved_peak_bytes;
}

/* Before a lane ends its frame. */
static void look_at_end(struct framealloc_player *self)
{
    if (self->player.pass->watch == WATCH_BLOCKS)
        checker_frame_ends(&self->player.checker);
    if (self->player.pass->watch == WATCH_MEMORY)
        sample_memory(self);
}

static void look_at_mark(struct framealloc_player *self)
{
    self->sampled = false;
    player_mark(&self->player);
}

static void begin_frame(struct player *player, fa_allocator *a, fa_window *window, const struct op *op)
{
    if (fa_frame_begin(a) != FA_OK)
        refused(player, "the begin of a frame");
    if (op_kind(op) == OP_BEGIN_WINDOW && fa_window_open(a, window, 0) != FA_OK)
        refused(player, "a window");
}

static void end_frame(struct player *player, fa_allocator *a, fa_window *window, enum closeness close)
{
    if (window->allocator != NULL && fa_window_close(window) != FA_OK)
        refused(player, "the end of a window");
    if (close != CLOSE_NOT)
        look_at_end(whole(player));
    if (fa_frame_end(a) != FA_OK)
        refused(player, "the end of a frame");
}

/* `close` is constant in each caller: what is not watched is not compiled in. */
static inline __attribute__((always_inline)) void play_ops(struct player *player, size_t from, enum closeness close)
{
    fa_allocator *a = whole(player)->allocator;
    fa_window window = FA_WINDOW_INIT;
    void **slots = player->slots;
    for (const struct op *op = player->ops + from;; op++) {
        if (op_kind(op) <= OP_LAST_ALLOCATION) {
            void *block = take(a, &window, slots, op);
            if (block == NULL)
                refused(player, "an allocation");
            if (close == CLOSE_BLOCKS)
                player_made(player, block, (size_t)(op - player->ops));
            else
                touch(block);
        } else if (op_kind(op) == OP_RELEASE) {
            if (close == CLOSE_BLOCKS)
                player_releases(player, op_slot(op));
            if (fa_release(a, slots[op_slot(op)]) != FA_OK)
                refused(player, "a release");
        } else if (op_kind(op) <= OP_BEGIN_WINDOW) {
            begin_frame(player, a, &window, op);
        } else if (op_kind(op) == OP_END) {
            end_frame(player, a, &window, close);
        } else if (op_kind(op) == OP_BIND) {
            if (fa_lane_bind(a, whole(player)->lanes[op_slot(op)], NULL) != FA_OK)
                refused(player, "a lane");
        } else if (op_kind(op) == OP_STOP) {
            return;
        } else if (close != CLOSE_NOT) {
            look_at_mark(whole(player));
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
    whole(player)->sampled = false;
}

static void release(struct player *player, void *block)
{
    if (fa_release(whole(player)->allocator, block) != FA_OK)
        refused(player, "a release");
}

/* One for each thread of the trace. This thread plays all of them in turn, as a job system would. */
static void make_lanes(struct framealloc_player *self)
{
    uint32_t count = self->player.program->lanes;
    self->lanes = bulk_array(count, sizeof *self->lanes);
    for (uint32_t i = 0; i < count; i++) {
        self->lanes[i] = fa_lane_create(self->allocator, NULL);
        if (self->lanes[i] == NULL)
            refused(&self->player, "a lane");
    }
    if (fa_lane_bind(self->allocator, self->lanes[0], NULL) != FA_OK)
        refused(&self->player, "a lane");
}

/* The preset that games would choose: memory is touched when it is taken, not in the middle of a frame. */
static fa_allocator *make_allocator(void)
{
    fa_config config = FA_CONFIG_INIT;
    return fa_config_preset(&config, FA_PRESET_HIGH_PERFORMANCE) == FA_OK ? fa_allocator_create(&config) : NULL;
}

void run_framealloc(const struct program *program, struct pass *pass)
{
    static const struct script script = {{play, play_watching_frames, play_watching_blocks}, loaded, release};
    struct framealloc_player self = {.allocator = make_allocator()};
    player_open(&self.player, program, pass, "framealloc");
    if (self.allocator == NULL)
        refused(&self.player, "an allocator");
    make_lanes(&self);
    player_run(&self.player, &script);
    bulk_array_free(self.lanes, program->lanes, sizeof *self.lanes);
    fa_allocator_release(self.allocator);
    player_close(&self.player);
}
