/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/recent.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"

#include <stdio.h>
#include <stdlib.h>

static void fill(fa_diagnostic_record *record, const fa_diagnostic *diagnostic)
{
    *record = (fa_diagnostic_record){.code = diagnostic->code, .severity = diagnostic->severity,
                                     .status = diagnostic->status, .occurrences = diagnostic->occurrences,
                                     .frame_number = diagnostic->frame_number, .time_ns = fa_os_nanoseconds()};
    (void)snprintf(record->code_text, sizeof record->code_text, "%s", diagnostic->code_text);
    (void)snprintf(record->message, sizeof record->message, "%s", diagnostic->message);
    (void)snprintf(record->note, sizeof record->note, "%s", diagnostic->note);
}

/* Most allocators never report anything. */
static fa_diagnostic_record *ring(fa_diag_shared *diag)
{
    if (diag->kept == NULL)
        diag->kept = calloc(FA_DIAGNOSTICS_KEPT, sizeof *diag->kept);
    return diag->kept;
}

void fa_recent_keep(fa_allocator *a, const fa_diagnostic *diagnostic)
{
    fa_diag_shared *diag = &a->diag;
    fa_mutex_lock(&diag->lock);
    if (ring(diag) != NULL)
        fill(&diag->kept[diag->kept_count++ % FA_DIAGNOSTICS_KEPT], diagnostic);
    fa_mutex_unlock(&diag->lock);
}

size_t fa_recent_read(fa_allocator *a, fa_diagnostic_record *out, size_t most, size_t *total)
{
    fa_diag_shared *diag = &a->diag;
    fa_mutex_lock(&diag->lock);
    *total = diag->kept_count < FA_DIAGNOSTICS_KEPT ? (size_t)diag->kept_count : FA_DIAGNOSTICS_KEPT;
    size_t count = most < *total ? most : *total;
    for (size_t i = 0; i < count; i++)
        out[i] = diag->kept[(diag->kept_count - 1 - i) % FA_DIAGNOSTICS_KEPT];
    fa_mutex_unlock(&diag->lock);
    return count;
}

fa_status fa_diagnostic_recent(fa_allocator *a, fa_diagnostic_record *records, size_t capacity, size_t *count)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (count == NULL || (records == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write reports to");
    (void)fa_recent_read(a, records, capacity, count);
    return FA_OK;
}
