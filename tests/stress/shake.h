/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pauses at random inside the library's own races. Compiled in front of a stress program that links a twin of the library
 * built with FA_SHAKE, whose FA_SHAKE_POINT()s call fa_shake(). FRAMEALLOC_SHAKE seeds the pauses of each thread; which
 * thread is the first is up to the machine. */
#ifndef TESTS_SHAKE_H
#define TESTS_SHAKE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t shake_seed = 1;
static atomic_ullong shake_threads;
static atomic_ullong shake_pauses;
static _Thread_local uint64_t shake_state;

/* xorshift64* */
static inline uint64_t shake_next(void)
{
    if (shake_state == 0)
        shake_state = (shake_seed + atomic_fetch_add(&shake_threads, 1)) * 0x9e3779b97f4a7c15u | 1;
    shake_state ^= shake_state >> 12;
    shake_state ^= shake_state << 25;
    shake_state ^= shake_state >> 27;
    return shake_state * 0x2545f4914f6cdd1du >> 32;
}

void fa_shake(void);

/* Most points are passed: a pause everywhere would be no more than a slow run. */
void fa_shake(void)
{
    enum { ONE_IN = 64, SLEEPS_ONE_IN = 16, LONGEST_NANOSECONDS = 200000 };
    uint64_t chance = shake_next();
    if (chance % ONE_IN != 0)
        return;
    atomic_fetch_add_explicit(&shake_pauses, 1, memory_order_relaxed);
    if (chance / ONE_IN % SLEEPS_ONE_IN != 0)
        (void)sched_yield();
    else
        (void)nanosleep(&(struct timespec){0, (long)(shake_next() % LONGEST_NANOSECONDS)}, NULL);
}

__attribute__((constructor)) static void shake_begin(void)
{
    const char *text = getenv("FRAMEALLOC_SHAKE");
    if (text != NULL)
        shake_seed = strtoull(text, NULL, 0);
    printf("# FRAMEALLOC_SHAKE=%llu\n", (unsigned long long)shake_seed);
}

/* A run that was not shaken proves nothing. */
__attribute__((destructor)) static void shake_end(void)
{
    printf("# %llu pauses in %llu threads\n", atomic_load(&shake_pauses), atomic_load(&shake_threads));
    (void)fflush(stdout);
    if (atomic_load(&shake_pauses) == 0)
        _Exit(70);
}

#endif
