/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct packet {
    struct packet *next;
};

struct packet *make_all(fa_allocator *a)
{
    struct packet *first = NULL;
    for (int i = 0; i < 20000; i++) {
        struct packet *packet = fa_pool_new(a, struct packet);
        if (packet == NULL)
            break;
        packet->next = first;
        first = packet;
    }
    return first;
}
