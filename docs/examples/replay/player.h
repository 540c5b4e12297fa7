/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What both ways of carrying out a program have in common. They run in a child
 * process, and end it when something goes wrong.
 */
#ifndef REPLAY_PLAYER_H
#define REPLAY_PLAYER_H

#include "checker.h"
#include "pass.h"
#include "program.h"

struct player {
    const struct program *program;
    struct pass *pass;
    const struct op *ops;
    const uint32_t *objects;
    void **slots; /* The blocks that are released by name. */
    struct checker checker;
    uint64_t last_mark; /* Clock at the last frame end. */
    uint32_t frame;     /* Frames since loading. */
};

/* How closely a replay is watched. Each is compiled apart, so that timing pays for nothing else. */
enum closeness { CLOSE_NOT, CLOSE_FRAMES, CLOSE_BLOCKS };

/* The parts of a replay that differ. */
struct script {
    void (*play[CLOSE_BLOCKS + 1])(struct player *player, size_t from);
    void (*loaded)(struct player *player); /* Loading is over. */
    void (*release)(struct player *player, void *block);
};

void player_open(struct player *player, const struct program *program, struct pass *pass, const char *allocator);

/* Loading, the frames, and the release of what is left. */
void player_run(struct player *player, const struct script *script);
void player_close(struct player *player);

/* To be called at OP_MARK, when frames are watched. */
void player_mark(struct player *player);

/* To be called before a release, when blocks are watched. */
void player_releases(struct player *player, uint32_t slot);

/* To be called with every new block, when blocks are watched. */
void player_made(struct player *player, void *block, size_t index);

/* What a program does at the least with a block. */
static inline void touch(void *block)
{
    *(volatile unsigned char *)block = 1;
}

void run_framealloc(const struct program *program, struct pass *pass);
void run_malloc(const struct program *program, struct pass *pass);

#endif
