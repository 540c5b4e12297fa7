/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/options.h"

#include "base/track.h"
#include "core/call.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "debug/block.h"
#include "debug/debug.h"
#include "debug/fault.h"
#include "debug/record.h"
#include "debug/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    uint32_t flags;
} words[] = {
    {"poison", FA_DEBUG_POISON}, {"guards", FA_DEBUG_GUARDS}, {"sites", FA_DEBUG_SITES},
    {"quarantine", FA_DEBUG_QUARANTINE}, {"pages", FA_DEBUG_PAGES}, {"faults", FA_DEBUG_FAULTS},
    {"tools", FA_DEBUG_TOOLS}, {"escapes", FA_DEBUG_ESCAPES},
    {"cheap", FA_DEBUG_CHEAP}, {"all", FA_DEBUG_ALL}, {"off", 0},
};

/* "24", or "512k"; false if it is no number. */
static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    unsigned shift = *end == 'k' ? 10 : *end == 'm' ? 20 : *end == 'g' ? 30 : 0;
    end += shift != 0;
    if (end == text || *end != 0 || text[0] == '-' || number > UINT64_MAX >> shift)
        return false;
    *out = (uint64_t)number << shift;
    return true;
}

static bool read_setting(const char *word, fa_debug_options *options)
{
    uint64_t depth = 0;
    if (strncmp(word, "depth=", 6) == 0 && read_number(word + 6, &depth) && depth >= 1 && depth <= FA_DEBUG_DEPTH_MAX) {
        options->depth = (uint32_t)depth;
        return true;
    }
    return (strncmp(word, "quarantine=", 11) == 0 && read_number(word + 11, &options->quarantine_bytes)) ||
           (strncmp(word, "pages_kept=", 11) == 0 && read_number(word + 11, &options->pages_kept_bytes));
}

static bool read_word(const char *word, fa_debug_options *options)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].word) == 0) {
            options->flags |= words[i].flags;
            return true;
        }
    }
    return read_setting(word, options);
}

static void read_text(const char *text, fa_debug_options *options, char *wrong, size_t size)
{
    char word[64];
    size_t used = 0;
    while (*text != 0) {
        size_t length = strcspn(text, ", ");
        (void)snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), text);
        if (length != 0 && !read_word(word, options) && used < size)
            used += (size_t)snprintf(wrong + used, size - used, "%s%s", used == 0 ? "" : ", ", word);
        text += length;
        text += *text != 0;
    }
}

static uint32_t supported(uint32_t flags)
{
    return fa_site_supported() ? flags : flags & ~(uint32_t)FA_DEBUG_SITES;
}

/* A tool that watches the process is told, too; without one there is nothing to tell. */
static uint32_t with_tools(uint32_t flags)
{
    return flags != 0 && fa_track_present() ? flags | FA_DEBUG_TOOLS : flags & ~(uint32_t)FA_DEBUG_TOOLS;
}

fa_debug_options fa_debug_options_at_start(const fa_allocator *a, char *wrong, size_t size)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    const char *text = secure_getenv("FRAMEALLOC_DEBUG");
    wrong[0] = 0;
    options.flags = a->config.debug_mode ? FA_DEBUG_CHEAP : 0;
    if (text != NULL) {
        options.flags = 0;
        read_text(text, &options, wrong, size);
    }
    if (!FA_DEBUG_SUPPORT && options.flags != 0) {
        options.flags = 0;
        (void)snprintf(wrong, size, "%s", text);
    }
    options.flags = with_tools(supported(options.flags));
    return options;
}

fa_status fa_debug_options_check(const fa_debug_options *options)
{
    if ((options->flags & ~FA_DEBUG_ALL) != 0 || options->depth < 1 || options->depth > FA_DEBUG_DEPTH_MAX ||
        options->reserved != 0)
        return fa_fail(FA_ERROR_INVALID_ARGUMENT);
    bool possible = FA_DEBUG_SUPPORT || options->flags == 0;
    return possible && supported(options->flags) == options->flags ? FA_OK : fa_fail(FA_ERROR_UNSUPPORTED);
}

/* What lies in chunks that are kept back stays until they go. */
static bool goes_stale(const fa_debug_record *record)
{
    bool kept = record->place != NULL || (record->older != NULL && record->older->state == FA_DEBUG_ENDED);
    return (record->state == FA_DEBUG_CHUNK && !kept) || record->state == FA_DEBUG_FRAMED ||
           record->state == FA_DEBUG_GRAVE;
}

/* Locked. Without debug mode nobody says when frames end, and addresses of released blocks may become others. */
static void forget_what_goes_stale(fa_debug_shared *shared)
{
    fa_debug_record *record = fa_record_next(shared, NULL);
    while (record != NULL) {
        fa_debug_record *next = fa_record_next(shared, record);
        if (record->state == FA_DEBUG_FRAMED)
            fa_debug_count_live(shared, record, false);
        if (goes_stale(record))
            fa_record_remove(shared, record);
        record = next;
    }
}

/* Locked. */
static void put_in_force(fa_debug_shared *shared, const fa_debug_options *options)
{
    shared->options = *options;
    fa_poke(shared->depth, options->depth);
    fa_poke(shared->pages_kept, options->flags & FA_DEBUG_PAGES ? options->pages_kept_bytes : 0);
    fa_poke(shared->flags, options->flags);
    if (options->flags != 0)
        return;
    forget_what_goes_stale(shared);
    fa_records_give_back(shared);
}

static uint32_t watched(uint32_t flags)
{
    return flags == 0 ? 0 : FA_WATCH_DEBUG | FA_WATCH_BLOCKS | FA_WATCH_RELEASES | FA_WATCH_ARENAS;
}

static void prepare(fa_allocator *a, uint32_t flags)
{
    if (flags & FA_DEBUG_TOOLS && !atomic_exchange(&a->debug.tracked, true))
        fa_track_begin(a);
    if (flags & FA_DEBUG_SITES)
        fa_site_prepare();
    if (flags & FA_DEBUG_FAULTS)
        fa_fault_catch();
}

void fa_debug_start(fa_allocator *a, const fa_debug_options *options)
{
    prepare(a, options->flags);
    put_in_force(&a->debug, options);
    a->wanted_in[FA_WATCHER_DEBUG] = ++a->debug.turns;
    a->wanted[FA_WATCHER_DEBUG] = watched(options->flags);
    fa_poke(a->watch, watched(options->flags));
}

fa_status fa_debug_configure(fa_allocator *a, const fa_debug_options *options)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_debug_options chosen = FA_DEBUG_OPTIONS_INIT;
    chosen.flags = 0;
    fa_status status = options == NULL ? FA_OK : fa_versioned_check(options, sizeof *options);
    if (status == FA_OK && options != NULL)
        fa_versioned_read(&chosen, sizeof chosen, options);
    if (status == FA_OK)
        status = fa_debug_options_check(&chosen);
    if (status != FA_OK)
        return status;
    if (!fa_track_present())
        chosen.flags &= ~(uint32_t)FA_DEBUG_TOOLS;
    if (atomic_load(&a->debug.tracked))
        chosen.flags |= FA_DEBUG_TOOLS;
    prepare(a, chosen.flags);
    /* Lanes watch before it is in force, and go on watching until it no longer is. */
    fa_mutex_lock(&a->debug.lock);
    uint64_t turn = ++a->debug.turns;
    if (chosen.flags == 0)
        put_in_force(&a->debug, &chosen);
    fa_mutex_unlock(&a->debug.lock);
    fa_watch(a, FA_WATCHER_DEBUG, watched(chosen.flags), turn);
    fa_mutex_lock(&a->debug.lock);
    if (chosen.flags != 0 && turn == a->debug.turns)
        put_in_force(&a->debug, &chosen);
    fa_mutex_unlock(&a->debug.lock);
    fa_debug_evict(a, !(chosen.flags & FA_DEBUG_QUARANTINE));
    fa_debug_give_frames(a, fa_peek(a->debug.pages_kept));
    return FA_OK;
}

fa_status fa_debug_get_options(fa_allocator *a, fa_debug_options *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->debug.lock);
    fa_debug_options options = a->debug.options;
    fa_mutex_unlock(&a->debug.lock);
    return fa_versioned_write(a, out, &options, sizeof options);
}
