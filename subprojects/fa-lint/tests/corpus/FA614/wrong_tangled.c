/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct connection {
    int socket;
    char *buffer;
    struct connection *peer;
};

struct server {
    struct connection *last;
    unsigned closed;
};

static void close_connection(fa_allocator *a, struct server *server, struct connection *c)
{
    if (c->peer != NULL)
        c->peer->peer = NULL;
    fa_release(a, c->buffer);
    fa_release(a, c);
    server->closed++;
}

static struct connection *open_connection(fa_allocator *a, int socket)
{
    struct connection *c = fa_pool_new(a, struct connection);
    if (c == NULL)
        return NULL;
    c->socket = socket;
    c->peer = NULL;
    c->buffer = fa_heap_alloc(a, 8192, 16);
    return c;
}

int serve(fa_allocator *a, struct server *server, const int *events, int count)
{
    struct connection *c = open_connection(a, 3);
    int bytes = 0;
    if (c == NULL)
        return -1;
    for (int i = 0; i < count; i++) {
        switch (events[i]) {
        case 0:
            bytes += c->socket; // expect: FA614
            break;
        case 1:
            close_connection(a, server, c); // expect: FA612 FA614
            break;
        default:
            goto out;
        }
    }
    return bytes;
out:
    return -1;
}
