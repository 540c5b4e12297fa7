/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Reports of all languages come here, on the thread of the mistake. The first line of the note says what was refused. */
static void hear(void *user, const fa_diagnostic *report)
{
    (void)user;
    if (report->code == FA_CODE_TAG_BUDGET && report->occurrences > 1)
        return;
    printf("[%s] %s: %.*s\n", report->code_text, report->message, (int)strcspn(report->note, "\n"), report->note);
}

fa_allocator *host_open(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    if (a != NULL)
        (void)fa_diagnostic_set_sink(a, hear, NULL);
    return a;
}

fa_tag host_limit(fa_allocator *a, const char *path, uint64_t bytes)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = bytes;
    fa_tag tag = fa_tag_get(a, path);
    return fa_budget_set_tag(a, tag, &budget) == FA_OK ? tag : 0;
}

void host_print_usage(fa_allocator *a, const char *path)
{
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    if (fa_budget_get_tag(a, fa_tag_find(a, path), &usage) == FA_OK)
        printf("%-20s %7" PRIu64 " bytes in use, %7" PRIu64 " at most of %7" PRIu64 ", %" PRIu64 " refused\n", path,
               usage.used, usage.peak, usage.hard_limit, usage.denied);
}

bool host_close(fa_allocator *a)
{
    uint32_t others = fa_allocator_references(a) - 1;
    if (others != 0)
        fprintf(stderr, "%u references were not given back\n", others);
    fa_allocator_release(a);
    return others == 0;
}
