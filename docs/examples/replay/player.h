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

/* The parts of a replay that differ. Watching is compiled into its own twin, so that timing pays nothing for it. */
struct script {
    void (*play)(struct player *player, size_t from);
    void (*play_watched)(struct player *player, size_t from);
    void (*loaded)(struct player *player); /* Loading is over. */
    void (*release)(struct player *player, void *block);
};

void player_open(struct player *player, const struct program *program, struct pass *pass, const char *allocator);

/* Loading, the frames, and the release of what is left. */
void player_run(struct player *player, const struct script *script);
void player_close(struct player *player);

/* To be called at OP_MARK and before a release, when watched. */
void player_mark(struct player *player);
void player_releases(struct player *player, uint32_t slot);

/* To be called with every new block, when watched: writes to it, the whole of it if blocks are checked. */
void player_made(struct player *player, void *block, size_t index);

/* What a program does at the least with a block. */
static inline void touch(void *block)
{
    *(volatile unsigned char *)block = 1;
}

void run_framealloc(const struct program *program, struct pass *pass);
void run_malloc(const struct program *program, struct pass *pass);

#endif
