/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/channel.h"

#include "base/os.h"

#include <string.h>

enum { CHANNEL_SLOTS = 1024, CHANNEL_BYTES = 256 * 1024 };

/* Positions count up for ever; a slot is the position modulo the size. */
struct fa_channel {
    fa_lane *to;
    fa_channel *next; /* in the receiver's list */
    _Alignas(64) _Atomic uint32_t written;
    uint32_t read_seen; /* what the sender last saw of read */
    _Alignas(64) _Atomic uint32_t read;
    _Alignas(64) void *slots[CHANNEL_SLOTS];
};

static void enlist(fa_channel *channel)
{
    _Atomic(fa_channel *) *list = &channel->to->pool.incoming;
    channel->next = atomic_load_explicit(list, memory_order_relaxed);
    FA_SHAKE_POINT();
    while (!atomic_compare_exchange_weak_explicit(list, &channel->next, channel, memory_order_release,
                                                  memory_order_relaxed)) {
    }
}

static fa_channel *make_channel(fa_lane *to)
{
    fa_channel *channel = fa_os_system_allocate(sizeof *channel, _Alignof(fa_channel));
    if (channel == NULL)
        return NULL;
    memset(channel, 0, sizeof *channel);
    channel->to = to;
    enlist(channel);
    return channel;
}

static fa_channel *channel_between(fa_lane *from, fa_lane *to)
{
    fa_channel **place = &from->pool.outgoing[to->id % FA_CHANNELS];
    if (*place == NULL)
        *place = make_channel(to);
    return *place != NULL && (*place)->to == to ? *place : NULL;
}

/* No more than this waits in a channel: its slots, or so many bytes. */
static uint32_t room(uint32_t block_size)
{
    uint32_t blocks = CHANNEL_BYTES / block_size;
    return blocks < CHANNEL_SLOTS ? blocks : CHANNEL_SLOTS;
}

static bool has_room(fa_channel *channel, uint32_t written, uint32_t block_size)
{
    if (written - channel->read_seen < room(block_size))
        return true;
    channel->read_seen = atomic_load_explicit(&channel->read, memory_order_acquire);
    return written - channel->read_seen < room(block_size);
}

static bool send(fa_channel *channel, void *block, uint32_t block_size)
{
    uint32_t written = atomic_load_explicit(&channel->written, memory_order_relaxed);
    if (!has_room(channel, written, block_size))
        return false;
    FA_SHAKE_POINT();
    channel->slots[written % CHANNEL_SLOTS] = block;
    FA_SHAKE_POINT();
    atomic_store_explicit(&channel->written, written + 1, memory_order_release);
    return true;
}

bool fa_channel_send_quickly(fa_lane *from, fa_lane *to, void *block, uint32_t block_size)
{
    fa_channel *channel = from->pool.outgoing[to->id % FA_CHANNELS];
    return channel != NULL && channel->to == to && send(channel, block, block_size);
}

bool fa_channel_send(fa_lane *from, fa_lane *to, void *block, uint32_t block_size)
{
    fa_channel *channel = channel_between(from, to);
    return channel != NULL && send(channel, block, block_size);
}

bool fa_channel_waiting(fa_lane *lane)
{
    const fa_channel *channel = atomic_load_explicit(&lane->pool.incoming, memory_order_acquire);
    while (channel != NULL && fa_peek(channel->written) == fa_peek(channel->read))
        channel = channel->next;
    return channel != NULL;
}

static uint64_t receive_from(fa_lane *lane, fa_channel *channel, uint64_t most, void (*take)(fa_lane *lane, void *block))
{
    uint32_t read = atomic_load_explicit(&channel->read, memory_order_relaxed);
    uint32_t waiting = atomic_load_explicit(&channel->written, memory_order_acquire) - read;
    uint32_t taken = waiting < most ? waiting : (uint32_t)most;
    if (taken == 0)
        return 0;
    FA_SHAKE_POINT();
    for (uint32_t i = 0; i < taken; i++)
        take(lane, channel->slots[(read + i) % CHANNEL_SLOTS]);
    FA_SHAKE_POINT();
    atomic_store_explicit(&channel->read, read + taken, memory_order_release);
    return taken;
}

uint64_t fa_channel_receive(fa_lane *lane, uint64_t most, void (*take)(fa_lane *lane, void *block))
{
    uint64_t taken = 0;
    fa_channel *channel = atomic_load_explicit(&lane->pool.incoming, memory_order_acquire);
    for (; channel != NULL; channel = channel->next)
        taken += receive_from(lane, channel, most - taken, take);
    return taken;
}

void fa_channel_dispose(fa_lane *lane)
{
    fa_channel *channel = atomic_load_explicit(&lane->pool.incoming, memory_order_relaxed);
    while (channel != NULL) {
        fa_channel *next = channel->next;
        fa_os_system_free(channel);
        channel = next;
    }
}
