/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct buffer {
    char *bytes;
    size_t used, room;
};

static int reserve(fa_allocator *a, struct buffer *buffer, size_t more)
{
    if (buffer->used + more <= buffer->room)
        return 1;
    size_t room = buffer->room != 0 ? buffer->room * 2 : 64;
    char *bytes = fa_realloc(a, buffer->bytes, room, 16);
    if (bytes == NULL)
        return 0;
    buffer->bytes = bytes;
    buffer->room = room;
    return 1;
}

static int add(fa_allocator *a, struct buffer *buffer, char byte)
{
    if (!reserve(a, buffer, 1))
        return 0;
    buffer->bytes[buffer->used++] = byte;
    return 1;
}

size_t build(fa_allocator *a, const char *text)
{
    struct buffer buffer = {NULL, 0, 0};
    for (; *text != 0; text++)
        if (!add(a, &buffer, *text))
            break;
    size_t used = buffer.used;
    fa_release(a, buffer.bytes);
    return used;
}
