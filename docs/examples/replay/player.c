/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "player.h"

static int checks(const struct player *player)
{
    return player->pass->watch == WATCH_BLOCKS;
}

static enum closeness closeness(const struct player *player)
{
    if (checks(player))
        return CLOSE_BLOCKS;
    return player->pass->watch == WATCH_TOTAL ? CLOSE_NOT : CLOSE_FRAMES;
}

void player_mark(struct player *player)
{
    if (checks(player))
        checker_frame_over(&player->checker);
    if (player->pass->watch == WATCH_FRAMES) {
        uint64_t now = clock_ns();
        player->pass->frame_ns[player->frame] = now - player->last_mark;
        player->last_mark = now;
    }
    player->frame++;
}

void player_releases(struct player *player, uint32_t slot)
{
    checker_released(&player->checker, slot);
}

void player_made(struct player *player, void *block, size_t index)
{
    checker_made(&player->checker, block, &player->ops[index], player->objects[index]);
}

void player_open(struct player *player, const struct program *program, struct pass *pass, const char *allocator)
{
    *player = (struct player){.program = program, .pass = pass};
    player->ops = (const struct op *)(const void *)program->ops.bytes;
    player->objects = (const uint32_t *)(const void *)program->objects.bytes;
    player->slots = bulk_array(program->slots, sizeof *player->slots);
    checker_open(&player->checker, program, allocator);
}

static void play_loading(struct player *player, const struct script *script)
{
    script->play[checks(player) ? CLOSE_BLOCKS : CLOSE_NOT](player, 0);
    checker_frame_over(&player->checker);
    script->loaded(player);
}

static void play_frames(struct player *player, const struct script *script)
{
    struct pass *pass = player->pass;
    uint64_t begin = player->last_mark = clock_ns();
    pass->after_loading = true;
    script->play[closeness(player)](player, player->program->timed);
    pass->after_loading = false;
    pass->total_ns = clock_ns() - begin;
}

static void release_leftovers(struct player *player, const struct script *script)
{
    const struct bulk *leftovers = &player->program->leftovers;
    const uint32_t *slots = (const uint32_t *)(const void *)leftovers->bytes;
    for (size_t i = 0; i < leftovers->size / sizeof *slots; i++) {
        if (checks(player))
            player_releases(player, slots[i]);
        script->release(player, player->slots[slots[i]]);
    }
}

/* The whole trace, unwatched: a game that was recorded in mid-run had warm memory, too. */
static void warm_up(struct player *player, const struct script *script)
{
    script->play[CLOSE_NOT](player, 0);
    script->play[CLOSE_NOT](player, player->program->timed);
    release_leftovers(player, script);
}

void player_run(struct player *player, const struct script *script)
{
    if (player->pass->watch == WATCH_TOTAL || player->pass->watch == WATCH_FRAMES)
        warm_up(player, script);
    play_loading(player, script);
    play_frames(player, script);
    release_leftovers(player, script);
    checker_recording_ends(&player->checker);
    player->pass->blocks_checked = player->checker.checked;
}

void player_close(struct player *player)
{
    checker_close(&player->checker, player->program);
    bulk_array_free(player->slots, player->program->slots, sizeof *player->slots);
}
