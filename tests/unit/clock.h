/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bounded run time for tests that could go on for ever. */
#ifndef TESTS_CLOCK_H
#define TESTS_CLOCK_H

#include <stdlib.h>
#include <time.h>

static inline double clock_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* FRAMEALLOC_STRESS_SCALE divides the work, for runs under slow tools. */
static inline size_t scaled(size_t work)
{
    const char *text = getenv("FRAMEALLOC_STRESS_SCALE");
    size_t divisor = text != NULL ? (size_t)strtoull(text, NULL, 10) : 1;
    size_t share = divisor > 1 ? work / divisor : work;
    return share > 0 ? share : 1;
}

#endif
