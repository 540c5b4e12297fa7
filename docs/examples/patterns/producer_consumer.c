/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Producer and consumer: the network thread takes a pool block for each packet, the game thread releases it when it is
 * done. A block that comes back from another thread returns to its owner's cache without a lock.
 */
#define _POSIX_C_SOURCE 200809L
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdio.h>

enum { PRODUCERS = 2, PACKETS = 20000, QUEUE = 64 };

struct packet {
    uint32_t source, sequence, sum, length;
    unsigned char payload[];
};

struct queue {
    fa_allocator *allocator;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct packet *packets[QUEUE];
    uint32_t first, count;
};

struct producer {
    struct queue *queue;
    uint32_t source;
    pthread_t thread;
};

static void put(struct queue *queue, struct packet *packet)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == QUEUE)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    queue->packets[(queue->first + queue->count++) % QUEUE] = packet;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

static struct packet *get(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    struct packet *packet = queue->packets[queue->first];
    queue->first = (queue->first + 1) % QUEUE;
    queue->count--;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
    return packet;
}

static uint32_t sum_of(const struct packet *packet)
{
    uint32_t sum = packet->source * 31 + packet->sequence;
    for (uint32_t i = 0; i < packet->length; i++)
        sum = sum * 31 + packet->payload[i];
    return sum;
}

static void *receive(void *user)
{
    struct producer *producer = user;
    for (uint32_t i = 0; i < PACKETS; i++) {
        uint32_t length = 16 + (i * 2654435761u >> 23); /* 16 to 527 bytes. */
        struct packet *packet = fa_pool_alloc(producer->queue->allocator, sizeof *packet + length, 16);
        if (packet != NULL) {
            packet->source = producer->source;
            packet->sequence = i;
            packet->length = length;
            for (uint32_t k = 0; k < length; k++)
                packet->payload[k] = (unsigned char)(i + k * k);
            packet->sum = sum_of(packet);
        }
        put(producer->queue, packet); /* NULL, too: the consumer counts it as lost. */
    }
    return NULL;
}

int main(void)
{
    static struct queue queue = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct producer producers[PRODUCERS];
    uint32_t next[PRODUCERS] = {0}, wrong = 0;
    uint64_t bytes = 0;
    fa_stats stats = FA_STATS_INIT;
    queue.allocator = fa_allocator_create(NULL);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){.queue = &queue, .source = i};
        if (pthread_create(&producers[i].thread, NULL, receive, &producers[i]) != 0)
            return 1;
    }
    for (int i = 0; i < PRODUCERS * PACKETS; i++) {
        struct packet *packet = get(&queue);
        wrong += packet == NULL || packet->sum != sum_of(packet) || packet->sequence != next[packet->source]++;
        bytes += packet == NULL ? 0 : packet->length;
        wrong += fa_release(queue.allocator, packet) != FA_OK;
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    if (fa_allocator_stats(queue.allocator, &stats) == FA_OK) /* Not in a build without statistics. */
        wrong += stats.pool.live_count != stats.deferred_pending || stats.deferred_frees < PACKETS;
    printf("%d packets of %llu bytes, %llu released by another thread, %llu KiB held for them\n", PRODUCERS * PACKETS,
           (unsigned long long)bytes, (unsigned long long)stats.deferred_frees,
           (unsigned long long)stats.reserved_bytes / 1024);
    fa_allocator_release(queue.allocator);
    return wrong != 0;
}
