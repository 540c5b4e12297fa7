/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A ring that one lane writes and one lane reads: how blocks of a busy neighbour go home without an atomic
 * read-modify-write, and without the memory of the block being touched on the way. */
#ifndef FA_POOL_CHANNEL_H
#define FA_POOL_CHANNEL_H

#include "core/lane.h"

/* Puts a block into the channel between two lanes, made if there is none. False when there is no room, or when the
 * sender has channels to other lanes only. */
bool fa_channel_send(fa_lane *from, fa_lane *to, void *block, uint32_t block_size);

/* The same without making a channel. */
bool fa_channel_send_quickly(fa_lane *from, fa_lane *to, void *block, uint32_t block_size);

/* Whether a block waits in a channel to the lane; for any thread. */
bool fa_channel_waiting(fa_lane *lane);

/* Calls take for blocks that wait in channels to the lane, for so many at most. Returns how many it were. */
uint64_t fa_channel_receive(fa_lane *lane, uint64_t most, void (*take)(fa_lane *lane, void *block));

/* Frees the channels that lead to the lane. */
void fa_channel_dispose(fa_lane *lane);

#endif
