/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The end of an allocator: a last look, and what was never released. */
#include "base/track.h"
#include "core/report.h"
#include "debug/check.h"
#include "debug/debug.h"
#include "debug/guard.h"
#include "debug/leaks.h"
#include "debug/record.h"

/* The memory goes back as a whole. */
static void open_everything(fa_allocator *a)
{
    for (fa_debug_record *record = NULL; (record = fa_record_next(&a->debug, record)) != NULL;) {
        if (record->tracked)
            fa_track_open(record->base, fa_guards_span(record));
        record->tracked = false;
    }
    if (atomic_load(&a->debug.tracked))
        fa_track_end(a);
}

void fa_debug_close(fa_allocator *a)
{
    (void)fa_debug_check_all(a, "found when the allocator ended");
    (void)fa_leaks_report(a, FA_CODE_LEAK, &(fa_debug_age){0, 0});
    open_everything(a);
}
