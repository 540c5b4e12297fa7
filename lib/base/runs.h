/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What threads are in the middle of: functions of the program that others may have to wait for. A run lies in the stack of
 * its thread; the list belongs to somebody whose lock guards it. */
#ifndef FA_BASE_RUNS_H
#define FA_BASE_RUNS_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct fa_run {
    fa_link link;
    uintptr_t thread;
    uint64_t of; /* what runs, as the owner of the list numbers it */
} fa_run;

void fa_run_begin(fa_link *runs, fa_run *run, uint64_t of);
void fa_run_end(fa_run *run);

/* Whether it runs on any thread; whether the calling thread is in anything. */
bool fa_runs_any_of(fa_link *runs, uint64_t of);
bool fa_runs_any_here(fa_link *runs);

/* In the child of a fork only what this thread is in goes on. */
void fa_runs_forked(fa_link *runs);

#endif
