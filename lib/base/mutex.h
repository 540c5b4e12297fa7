/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_BASE_MUTEX_H
#define FA_BASE_MUTEX_H

#include <pthread.h>
#include <stdbool.h>

typedef pthread_mutex_t fa_mutex;

#define FA_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER

static inline void fa_mutex_init(fa_mutex *mutex)
{
    (void)pthread_mutex_init(mutex, NULL);
}

static inline void fa_mutex_destroy(fa_mutex *mutex)
{
    (void)pthread_mutex_destroy(mutex);
}

static inline void fa_mutex_lock(fa_mutex *mutex)
{
    (void)pthread_mutex_lock(mutex);
}

static inline bool fa_mutex_try_lock(fa_mutex *mutex)
{
    return pthread_mutex_trylock(mutex) == 0;
}

static inline void fa_mutex_unlock(fa_mutex *mutex)
{
    (void)pthread_mutex_unlock(mutex);
}

#endif
