/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/recent.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "diag/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool grow(fa_diag_shared *diag)
{
    size_t room = diag->codes_room == 0 ? 8 : 2 * diag->codes_room;
    fa_diagnostic_record *larger = realloc(diag->of_codes, room * sizeof *larger);
    if (larger == NULL)
        return false;
    diag->of_codes = larger;
    diag->codes_room = room;
    return true;
}

/* Where the code has been so far; a new one takes a new place or, with FA_RECENT_CODES of them, the oldest. */
static size_t place_of(fa_diag_shared *diag, const char *code)
{
    size_t at = 0;
    while (at < diag->codes && strcmp(diag->of_codes[at].code_text, code) != 0)
        at++;
    bool is_new = at == diag->codes;
    if (is_new && at < FA_RECENT_CODES && (at < diag->codes_room || grow(diag)))
        diag->codes++;
    return at < diag->codes ? at : diag->codes - 1;
}

/* One code that repeats does not push out the others. */
static void keep_of_code(fa_diag_shared *diag, const fa_diagnostic *diagnostic)
{
    size_t at = place_of(diag, diagnostic->code_text);
    if (diag->codes == 0)
        return;
    memmove(diag->of_codes + 1, diag->of_codes, at * sizeof *diag->of_codes);
    fill(&diag->of_codes[0], diagnostic);
}

void fa_recent_keep(fa_allocator *a, const fa_diagnostic *diagnostic)
{
    fa_diag_shared *diag = &a->diag;
    fa_mutex_lock(&diag->lock);
    if (ring(diag) != NULL)
        fill(&diag->kept[diag->kept_count++ % FA_DIAGNOSTICS_KEPT], diagnostic);
    keep_of_code(diag, diagnostic);
    fa_mutex_unlock(&diag->lock);
}

/* Locked. With those that were not delivered. */
static uint64_t count_of(const fa_report_counts *counts, const fa_diagnostic_record *record)
{
    if (record->code != 0)
        return fa_peek(counts->of_code[fa_code_index(record->code)]);
    for (size_t i = 0; i < FA_REPORT_CUSTOM; i++) {
        if (strcmp(counts->by_custom[i].code, record->code_text) == 0)
            return counts->by_custom[i].count;
    }
    return record->occurrences;
}

size_t fa_recent_codes(fa_allocator *a, fa_diagnostic_record *out, size_t most, size_t *total)
{
    fa_diag_shared *diag = &a->diag;
    fa_mutex_lock(&diag->lock);
    *total = diag->codes;
    size_t count = most < *total ? most : *total;
    for (size_t i = 0; i < count; i++) {
        out[i] = diag->of_codes[i];
        out[i].occurrences = count_of(&diag->counts, &out[i]);
    }
    fa_mutex_unlock(&diag->lock);
    return count;
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
