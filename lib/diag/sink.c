/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/sink.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"

bool fa_sink_read(fa_allocator *a, fa_diagnostic_config *config)
{
    fa_mutex_lock(&a->diag.lock);
    *config = a->diag.config;
    bool sink = a->diag.sink != NULL;
    fa_mutex_unlock(&a->diag.lock);
    return sink;
}

void fa_sink_call(fa_allocator *a, const fa_diagnostic *diagnostic)
{
    fa_diag_shared *diag = &a->diag;
    fa_mutex_lock(&diag->lock);
    fa_diagnostic_sink sink = diag->sink;
    void *user = diag->user;
    fa_run run;
    if (sink != NULL)
        fa_run_begin(&diag->runs, &run, 0);
    fa_mutex_unlock(&diag->lock);
    if (sink == NULL)
        return;
    fa_tls.reporting++;
    fa_tls.observing++;
    sink(user, diagnostic);
    fa_tls.observing--;
    fa_tls.reporting--;
    fa_mutex_lock(&diag->lock);
    fa_run_end(&run);
    fa_mutex_unlock(&diag->lock);
}

void fa_sink_forked(fa_allocator *a)
{
    fa_runs_forked(&a->diag.runs);
}

/* From within a sink, listener or profiler nobody is waited for, since two that remove each other would wait for ever. */
static void await_others(fa_allocator *a, fa_diag_shared *diag)
{
    for (unsigned waits = 0; fa_tls.observing == 0 && !fa_list_empty(&diag->runs); waits++) {
        fa_lane_rest(fa_lane_existing(a));
        fa_mutex_unlock(&diag->lock);
        fa_os_wait(waits);
        fa_mutex_lock(&diag->lock);
    }
}

fa_status fa_diagnostic_set_sink(fa_allocator *a, fa_diagnostic_sink sink, void *user)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_diag_shared *diag = &a->diag;
    fa_mutex_lock(&diag->lock);
    diag->sink = sink;
    diag->user = user;
    await_others(a, diag);
    fa_mutex_unlock(&diag->lock);
    fa_lane_go_on(fa_lane_existing(a));
    return FA_OK;
}

static bool in_range(const fa_diagnostic_config *config)
{
    return config->output >= FA_OUTPUT_AUTO && config->output <= FA_OUTPUT_BOTH && config->color >= FA_COLOR_AUTO &&
           config->color <= FA_COLOR_ALWAYS && config->min_severity >= FA_SEVERITY_NOTE &&
           config->min_severity <= FA_SEVERITY_ERROR && config->reserved == 0;
}

fa_status fa_diagnostic_configure(fa_allocator *a, const fa_diagnostic_config *config)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_diagnostic_config chosen = FA_DIAGNOSTIC_CONFIG_INIT;
    fa_status status = fa_versioned_check(config, sizeof chosen);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the configuration of diagnostics is %s",
                         config == NULL ? "NULL" : "of another size");
    fa_versioned_read(&chosen, sizeof chosen, config);
    if (!in_range(&chosen))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "output is 0 to 3, color 0 to 2, min_severity 0 to 2, reserved 0");
    fa_mutex_lock(&a->diag.lock);
    a->diag.config = chosen;
    fa_mutex_unlock(&a->diag.lock);
    return FA_OK;
}
