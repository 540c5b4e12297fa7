/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Waiting for something that a mutex guards, by the clock of fa_os_nanoseconds(). Nobody is cancelled meanwhile. */
#ifndef FA_BASE_CONDITION_H
#define FA_BASE_CONDITION_H

#include "base/mutex.h"
#include "base/os.h"

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
    int before = fa_os_hold_cancellation();
    (void)pthread_cond_wait(condition, mutex);
    fa_os_restore_cancellation(before);
}

/* False once the time has come. */
static inline bool fa_condition_wait_until(fa_condition *condition, fa_mutex *mutex, uint64_t nanoseconds)
{
    const struct timespec time = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    int before = fa_os_hold_cancellation();
    int answer = pthread_cond_timedwait(condition, mutex, &time);
    fa_os_restore_cancellation(before);
    return answer == 0;
}

#endif
