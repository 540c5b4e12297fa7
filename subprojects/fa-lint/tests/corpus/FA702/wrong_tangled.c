/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_SUSPENDS int await_bytes(int socket, char *bytes, int room);

struct message {
    char *head, *body;
    int length;
};

static int parse(struct message *message)
{
    return message->head[0] == 'M' ? 4 : 0;
}

int receive(fa_allocator *a, int socket)
{
    struct message message = {NULL, NULL, 0};
    int total = 0;
    char line[16];
    for (int i = 0; i < 4; i++) {
        if (message.head == NULL) {
            message.head = fa_frame_new(a, char, 64);
            if (message.head == NULL)
                return -1;
            message.head[0] = 'M';
        }
        switch (parse(&message)) { // expect: FA702
        case 0:
            goto out;
        default:
            total += await_bytes(socket, line, sizeof line);
        }
    }
out:
    return total;
}
