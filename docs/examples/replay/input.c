/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "input.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static bool read_all(int file, struct bulk *content)
{
    const size_t step = (size_t)1 << 20;
    for (;;) {
        bulk_reserve(content, content->size + step);
        ssize_t got = read(file, content->bytes + content->size, step);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        content->size += (size_t)got;
    }
}

static bool read_file(const char *path, struct bulk *content)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool done = file >= 0 && read_all(file, content);
    int reason = errno;
    if (file >= 0)
        close(file);
    if (!done)
        complain("%s: %s", path, strerror(reason));
    else if (content->size == 0)
        complain("%s: the file is empty", path);
    return done && content->size != 0;
}

static bool is_zstd(const struct bulk *content)
{
    static const unsigned char magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    return content->size >= sizeof magic && memcmp(content->bytes, magic, sizeof magic) == 0;
}

/* Returns what the unpacker returned last: 0 at the end of a frame, an error, or how much more it would like. */
static size_t unpack(ZSTD_DCtx *unpacker, ZSTD_inBuffer *packed, struct bulk *content)
{
    size_t left = 1;
    bool full = false;
    while (packed->pos < packed->size || full) {
        bulk_reserve(content, content->size + ZSTD_DStreamOutSize());
        ZSTD_outBuffer room = {content->bytes, content->capacity, content->size};
        left = ZSTD_decompressStream(unpacker, &room, packed);
        if (ZSTD_isError(left))
            return left;
        content->size = room.pos;
        full = room.pos == room.size && left != 0;
    }
    return left;
}

static bool unpack_input(struct input *input, const char *path)
{
    struct bulk packed = input->content;
    input->content = (struct bulk){NULL, 0, 0};
    input->unpacker = ZSTD_createDCtx();
    if (input->unpacker == NULL)
        fail("no memory to unpack %s", path);
    ZSTD_inBuffer source = {packed.bytes, packed.size, 0};
    size_t left = unpack(input->unpacker, &source, &input->content);
    if (ZSTD_isError(left))
        complain("%s: damaged zstd data near byte %zu: %s", path, source.pos, ZSTD_getErrorName(left));
    else if (left != 0)
        complain("%s: truncated: the zstd data ends too early, at byte %zu", path, packed.size);
    bulk_free(&packed);
    return left == 0;
}

bool input_open(struct input *input, const char *path)
{
    *input = (struct input){{NULL, 0, 0}, NULL};
    if (!read_file(path, &input->content))
        return false;
    return !is_zstd(&input->content) || unpack_input(input, path);
}

void input_close(struct input *input)
{
    bulk_free(&input->content);
    ZSTD_freeDCtx(input->unpacker);
    input->unpacker = NULL;
}
