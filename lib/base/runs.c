/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/runs.h"

#include "base/compiler.h"
#include "base/os.h"

static fa_run *from_link(fa_link *link)
{
    return fa_container_of(link, fa_run, link);
}

void fa_run_begin(fa_link *runs, fa_run *run, uint64_t of)
{
    run->thread = fa_os_thread_id();
    run->of = of;
    fa_list_push(runs, &run->link);
}

void fa_run_end(fa_run *run)
{
    fa_list_remove(&run->link);
}

bool fa_runs_any_of(fa_link *runs, uint64_t of)
{
    for (fa_link *link = runs->next; link != runs; link = link->next) {
        if (from_link(link)->of == of)
            return true;
    }
    return false;
}

bool fa_runs_any_here(fa_link *runs)
{
    for (fa_link *link = runs->next; link != runs; link = link->next) {
        if (from_link(link)->thread == fa_os_thread_id())
            return true;
    }
    return false;
}

void fa_runs_forked(fa_link *runs)
{
    for (fa_link *link = runs->next, *next; link != runs; link = next) {
        next = link->next;
        if (from_link(link)->thread != fa_os_thread_id())
            fa_run_end(from_link(link));
    }
}
