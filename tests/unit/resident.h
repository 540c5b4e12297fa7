/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory of the process that is present. */
#ifndef TESTS_RESIDENT_H
#define TESTS_RESIDENT_H

#include "check.h"

#include <unistd.h>

/* Sanitizers keep shadow memory of their own, which grows, and emulators translated code. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || defined(TESTS_EMULATED)
enum { RESIDENT_IS_OURS = 0 };
#else
enum { RESIDENT_IS_OURS = 1 };
#endif

static inline size_t resident_pages(void)
{
    unsigned long size = 0;
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    if (file != NULL)
        (void)fclose(file);
    return resident;
}

static inline size_t resident_bytes(void)
{
    return resident_pages() * (size_t)sysconf(_SC_PAGESIZE);
}

/* The highest figure of the first half of a run and that of the second. */
typedef struct halves {
    size_t first;
    size_t second;
} halves;

static inline void halves_note(halves *h, bool second, size_t figure)
{
    size_t *place = second ? &h->second : &h->first;
    if (figure > *place)
        *place = figure;
}

static inline bool halves_flat(const halves *h, size_t slack, const char *what)
{
    bool flat = h->second <= h->first + slack;
    printf("# %s: at most %zu KiB in the first half, %zu KiB in the second\n", what, h->first >> 10, h->second >> 10);
    return flat;
}

#endif
