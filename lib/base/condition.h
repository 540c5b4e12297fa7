/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Waiting for something that a mutex guards, by the clock of fa_os_nanoseconds(). */
#ifndef FA_BASE_CONDITION_H
#define FA_BASE_CONDITION_H

#include "base/mutex.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

typedef pthread_cond_t fa_condition;

static inline void fa_condition_init(fa_condition *condition)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static inline void fa_condition_destroy(fa_condition *condition)
{
    (void)pthread_cond_destroy(condition);
}

static inline void fa_condition_wake(fa_condition *condition)
{
    (void)pthread_cond_broadcast(condition);
}

static inline void fa_condition_wait(fa_condition *condition, fa_mutex *mutex)
{
    (void)pthread_cond_wait(condition, mutex);
}

/* False once the time has come. */
static inline bool fa_condition_wait_until(fa_condition *condition, fa_mutex *mutex, uint64_t nanoseconds)
{
    const struct timespec time = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    return pthread_cond_timedwait(condition, mutex, &time) == 0;
}

#endif
