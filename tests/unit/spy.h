/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A backend that keeps book of every piece, and fails or lies on request. */
#ifndef TESTS_SPY_H
#define TESTS_SPY_H

#include "check.h"

#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdlib.h>

enum { SPY_PIECES = 4096, SPY_LOG = 256 };

typedef struct spy_piece {
    void *memory;
    void *origin;
    size_t size;
    size_t alignment;
} spy_piece;

typedef struct spy {
    pthread_mutex_t lock;
    spy_piece pieces[SPY_PIECES];
    size_t live;
    size_t live_bytes;
    size_t asked;       /* calls of allocate */
    size_t returned;    /* calls of deallocate */
    size_t wrong;       /* broken promises of the library */
    size_t fail_at;     /* this call of allocate is refused, counted from 1; 0 for none */
    bool fail_all;
    bool fall_back;
    size_t misaligned_by;
    bool null_but_done;
    size_t log[SPY_LOG]; /* sizes granted, oldest first */
    size_t logged;
} spy;

static inline int32_t spy_grant(spy *s, size_t size, size_t alignment, void **out)
{
    size_t shift = s->misaligned_by;
    char *origin = NULL;
    if (s->live == SPY_PIECES || posix_memalign((void **)&origin, alignment < 16 ? 16 : alignment, size + shift) != 0)
        return FA_BACKEND_FAILED;
    *out = origin + shift;
    s->pieces[s->live++] = (spy_piece){*out, origin, size, alignment};
    s->live_bytes += size;
    if (s->logged < SPY_LOG)
        s->log[s->logged++] = size;
    return FA_BACKEND_DONE;
}

static inline int32_t spy_answer(spy *s, size_t size, size_t alignment, void **out)
{
    s->asked++;
    s->wrong += size == 0 || alignment == 0 || (alignment & (alignment - 1)) != 0 || out == NULL;
    if (s->fail_all || s->asked == s->fail_at)
        return FA_BACKEND_FAILED;
    if (s->fall_back)
        return FA_BACKEND_FALLBACK;
    if (s->null_but_done)
        return FA_BACKEND_DONE;
    return spy_grant(s, size, alignment, out);
}

static inline int32_t spy_allocate(void *user, size_t size, size_t alignment, void **out)
{
    spy *s = user;
    (void)pthread_mutex_lock(&s->lock);
    int32_t answer = spy_answer(s, size, alignment, out);
    (void)pthread_mutex_unlock(&s->lock);
    return answer;
}

static inline void spy_take_back(spy *s, const void *memory, size_t size, size_t alignment)
{
    s->returned++;
    for (size_t i = 0; i < s->live; i++) {
        spy_piece piece = s->pieces[i];
        if (piece.memory != memory)
            continue;
        s->wrong += piece.size != size || piece.alignment != alignment;
        s->live_bytes -= piece.size;
        s->pieces[i] = s->pieces[--s->live];
        free(piece.origin);
        return;
    }
    s->wrong++;
}

static inline void spy_deallocate(void *user, void *memory, size_t size, size_t alignment)
{
    spy *s = user;
    (void)pthread_mutex_lock(&s->lock);
    spy_take_back(s, memory, size, alignment);
    (void)pthread_mutex_unlock(&s->lock);
}

static inline void spy_start(spy *s)
{
    memset(s, 0, sizeof *s);
    (void)pthread_mutex_init(&s->lock, NULL);
}

/* The default configuration over the spy. */
static inline fa_config spy_config(spy *s)
{
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_CUSTOM;
    config.backend = (fa_backend){spy_allocate, spy_deallocate, s};
    return config;
}

/* After the allocator is gone: everything is back, and was given back as it was asked for. */
static inline void spy_check_clean(spy *s)
{
    CHECK_EQ(s->live, 0);
    CHECK_EQ(s->live_bytes, 0);
    CHECK_EQ(s->wrong, 0);
}

#endif
