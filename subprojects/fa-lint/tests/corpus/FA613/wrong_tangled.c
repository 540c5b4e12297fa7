/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct message {
    char *body;
    unsigned length;
    int urgent;
} message;

static message *compose(fa_allocator *a, const char *text, int urgent)
{
    message *m = urgent ? fa_pool_new(a, message) : fa_frame_new(a, message, 1);
    if (m == NULL)
        return NULL;
    m->body = fa_frame_strdup(a, text);
    m->length = m->body != NULL ? (unsigned)strlen(m->body) : 0;
    m->urgent = urgent;
    return m;
}

static unsigned deliver(fa_allocator *a, message *m)
{
    unsigned length = m->length;
    if (length == 0)
        goto drop;
    for (unsigned i = 0; i < length; i++)
        m->body[i] ^= 1;
drop:
    fa_release(a, m);
    return length;
}

unsigned post(fa_allocator *a, const char *text)
{
    message *m = compose(a, text, 0);
    unsigned sum = 0;
    do {
        if (m == NULL)
            break;
        sum = deliver(a, m); // expect: FA613
    } while (0);
    return sum;
}
