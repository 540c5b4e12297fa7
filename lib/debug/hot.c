/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a program allocates most often, and all that is known as a text. */
#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "debug/debug.h"
#include "debug/leaks.h"
#include "debug/report.h"
#include "debug/site.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sites in memory of their own, most allocations first. */
typedef struct fa_hot_list {
    fa_debug_hot_site *sites;
    size_t count;
    size_t bytes;
} fa_hot_list;

static int more_first(const void *left, const void *right)
{
    const fa_debug_hot_site *a = left;
    const fa_debug_hot_site *b = right;
    if (a->allocations != b->allocations)
        return a->allocations < b->allocations ? 1 : -1;
    return a->site < b->site ? -1 : a->site > b->site;
}

static fa_debug_hot_site read_site(const fa_debug_site *site)
{
    return (fa_debug_hot_site){.site = site->number, .allocations = site->allocations, .bytes = site->bytes,
                               .live_blocks = site->live_blocks, .live_bytes = site->live_bytes};
}

/* Sites that only release are none. */
static bool gather(fa_allocator *a, fa_hot_list *list)
{
    *list = (fa_hot_list){.bytes = fa_round_up(FA_DEBUG_SITES_MAX * sizeof *list->sites, fa_os_page_size())};
    list->sites = fa_os_map(list->bytes, sizeof(void *));
    if (list->sites == NULL)
        return false;
    fa_mutex_lock(&a->debug.lock);
    for (uint32_t number = 1; number <= a->debug.site_count; number++) {
        const fa_debug_site *site = fa_site_at(&a->debug, number);
        if (site->allocations != 0)
            list->sites[list->count++] = read_site(site);
    }
    fa_mutex_unlock(&a->debug.lock);
    qsort(list->sites, list->count, sizeof *list->sites, more_first);
    return true;
}

static void dispose(fa_hot_list *list)
{
    fa_os_unmap(list->sites, list->bytes);
}

fa_status fa_debug_hot_sites(fa_allocator *a, fa_debug_hot_site *sites, size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (sites == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "there is nowhere to write the sites to");
    fa_hot_list list;
    if (!gather(a, &list))
        return fa_fail(FA_ERROR_OUT_OF_MEMORY);
    *total = list.count;
    if (capacity != 0)
        memcpy(sites, list.sites, fa_min(capacity, list.count) * sizeof *sites);
    dispose(&list);
    return FA_OK;
}

typedef struct fa_page_of_text {
    char *buffer;
    size_t size;
    size_t used;
} fa_page_of_text;

static void FA_PRINTF(2, 3) add(fa_page_of_text *text, const char *format, ...)
{
    size_t left = text->used < text->size ? text->size - text->used : 0;
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(left != 0 ? text->buffer + text->used : NULL, left, format, arguments);
    va_end(arguments);
    text->used += bytes > 0 ? (size_t)bytes : 0;
}

static void add_figures(fa_page_of_text *text, const fa_debug_stats *s)
{
    add(text, "blocks in use   %10llu  bytes %14llu\n", (unsigned long long)s->live_blocks,
        (unsigned long long)s->live_bytes);
    add(text, "blocks kept     %10llu  bytes %14llu\n", (unsigned long long)s->kept_blocks,
        (unsigned long long)s->kept_bytes);
    add(text, "own records               bytes %14llu\n", (unsigned long long)s->overhead_bytes);
    add(text, "found: %llu overflows, %llu underflows, %llu late writes, %llu double releases\n",
        (unsigned long long)s->overflows, (unsigned long long)s->underflows, (unsigned long long)s->late_writes, (unsigned long long)s->double_releases);
}

enum { LISTED = 10 };

static void add_hot(fa_allocator *a, fa_page_of_text *text)
{
    fa_hot_list list;
    if (!gather(a, &list))
        return;
    add(text, "\nwhere it allocates most often\n%12s %14s %10s  %s\n", "allocations", "bytes", "in use", "by");
    for (size_t i = 0; i < list.count && i < LISTED; i++) {
        char site[192];
        fa_site_brief(a, list.sites[i].site, site, sizeof site);
        add(text, "%12llu %14llu %10llu  %s\n", (unsigned long long)list.sites[i].allocations,
            (unsigned long long)list.sites[i].bytes, (unsigned long long)list.sites[i].live_blocks, site);
    }
    if (list.count > LISTED)
        add(text, "%12s and %zu more\n", "", list.count - LISTED);
    dispose(&list);
}

static void add_leaks(fa_allocator *a, fa_page_of_text *text)
{
    fa_leak_list list = fa_leaks_gather(a, &(fa_debug_age){0, 0});
    uint64_t now = fa_os_nanoseconds();
    add(text, "\nwhat is in use\n%12s %14s %10s  %s\n", "blocks", "bytes", "oldest", "by");
    for (size_t i = 0; i < list.count && i < LISTED; i++) {
        char site[192];
        fa_site_brief(a, list.groups[i].site, site, sizeof site);
        add(text, "%12llu %14llu %8.1f s  %s\n", (unsigned long long)list.groups[i].blocks,
            (unsigned long long)list.groups[i].bytes, (double)(now - list.groups[i].oldest_time_ns) / 1e9, site);
    }
    if (list.count > LISTED)
        add(text, "%12s and %zu more\n", "", list.count - LISTED);
    fa_leaks_dispose(&list);
}

size_t fa_debug_report(fa_allocator *a, char *buffer, size_t size)
{
    FA_ENTER(a);
    fa_debug_stats stats = FA_DEBUG_STATS_INIT;
    if (size != 0)
        buffer[0] = 0;
    if (!fa_allocator_usable(a) || fa_debug_get_stats(a, &stats) != FA_OK)
        return 0;
    fa_page_of_text text = {buffer, size, 0};
    add_figures(&text, &stats);
    add_hot(a, &text);
    add_leaks(a, &text);
    return text.used;
}
