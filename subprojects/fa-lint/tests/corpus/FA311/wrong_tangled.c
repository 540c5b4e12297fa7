/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct client {
    struct client *next;
    char *name;
    int socket;
};

struct server {
    struct client *clients;
    unsigned refused;
};

int accept_client(int listener);
char *name_of(fa_allocator *a, int socket);

static struct client *greet(fa_allocator *a, int socket)
{
    char *name = name_of(a, socket);
    return name != NULL ? (struct client *)(void *)name : NULL;
}

void serve(fa_allocator *a, struct server *server, int listener)
{
    do {
        int socket = accept_client(listener);
        if (socket == -1) {
            server->refused++;
            continue;
        }
        struct client *client = greet(a, socket);
        if (client == NULL)
            goto next;
        struct client *entry = fa_pool_new(a, struct client); // expect: FA311
        if (entry == NULL)
            break;
        *entry = (struct client){server->clients, NULL, socket};
        server->clients = entry;
next:
        server->refused += client == NULL;
    } while (1);
}
