/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The end of an allocator: a last look, and what was never released. */
#include "core/report.h"
#include "debug/check.h"
#include "debug/debug.h"
#include "debug/leaks.h"

void fa_debug_close(fa_allocator *a)
{
    (void)fa_debug_check_all(a, "found when the allocator ended");
    (void)fa_leaks_report(a, FA_CODE_LEAK, &(fa_debug_age){0, 0});
}
