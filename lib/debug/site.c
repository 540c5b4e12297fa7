/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/site.h"

#include "core/call.h"
#include "debug/memory.h"
#include "debug/symbol.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

#if FA_HAVE_BACKTRACE
#include <execinfo.h>
#endif

/* Calls inside the library that may come before those of the program. */
enum { OWN_CALLS_MAX = 24 };

/* Where the text of the shared library lies. Linked into a program, it has no place of its own: there, names tell. */
typedef struct fa_code_range {
    uintptr_t start;
    uintptr_t end;
} fa_code_range;

static fa_code_range own_text;

bool fa_site_supported(void)
{
    return FA_HAVE_BACKTRACE;
}

#if FA_HAVE_BACKTRACE
static bool covers(const struct dl_phdr_info *object, const ElfW(Phdr) *segment, uintptr_t address)
{
    return segment->p_type == PT_LOAD && address - (object->dlpi_addr + segment->p_vaddr) < segment->p_memsz;
}

static int note_own_text(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (strstr(object->dlpi_name, "libframealloc") == NULL)
        return 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (covers(object, segment, (uintptr_t)&fa_site_prepare)) {
            uintptr_t start = object->dlpi_addr + segment->p_vaddr;
            own_text = (fa_code_range){start, start + segment->p_memsz};
            return 1;
        }
    }
    return 0;
}

static void prepare(void)
{
    void *call;
    (void)dl_iterate_phdr(note_own_text, NULL);
    (void)backtrace(&call, 1);
}

void fa_site_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, prepare);
}

static bool is_own(const void *call)
{
    return (uintptr_t)call - own_text.start < own_text.end - own_text.start;
}

void fa_site_capture(fa_allocator *a, fa_debug_stack *stack)
{
    stack->depth = 0;
    if (!(fa_peek(a->debug.flags) & FA_DEBUG_SITES))
        return;
    void *calls[OWN_CALLS_MAX + FA_DEBUG_DEPTH_MAX];
    uint32_t wanted = fa_peek(a->debug.depth);
    int depth = backtrace(calls, (int)(OWN_CALLS_MAX + wanted));
    int first = 0;
    while (first < depth && (first == 0 || is_own(calls[first])))
        first++;
    while (first < depth && stack->depth < wanted)
        stack->calls[stack->depth++] = calls[first++];
}
#else
void fa_site_prepare(void)
{
}

void fa_site_capture(fa_allocator *a, fa_debug_stack *stack)
{
    (void)a;
    stack->depth = 0;
}
#endif

static uint64_t hash_of(const fa_debug_stack *stack)
{
    uint64_t hash = stack->depth;
    for (uint32_t i = 0; i < stack->depth; i++)
        hash = ((hash ^ (uintptr_t)stack->calls[i]) * 0x9e3779b97f4a7c15u) >> 7 ^ hash << 57;
    return hash;
}

static bool make_tables(fa_debug_shared *shared)
{
    if (shared->sites != NULL)
        return true;
    shared->site_buckets = fa_debug_memory_take(shared, &shared->site_memory, FA_DEBUG_SITE_BUCKETS * sizeof *shared->site_buckets);
    if (shared->site_buckets == NULL)
        return false;
    shared->sites = fa_debug_memory_take(shared, &shared->site_memory, FA_DEBUG_SITES_MAX * sizeof *shared->sites);
    return shared->sites != NULL;
}

static fa_debug_site *add(fa_debug_shared *shared, const fa_debug_stack *stack, uint64_t hash)
{
    size_t calls = stack->depth * sizeof *stack->calls;
    bool room = shared->site_count + 1 < FA_DEBUG_SITES_MAX;
    fa_debug_site *site = room ? fa_debug_memory_take(shared, &shared->site_memory, sizeof *site + calls) : NULL;
    if (site == NULL) {
        shared->sites_lost++;
        return NULL;
    }
    fa_debug_site **bucket = &shared->site_buckets[hash % FA_DEBUG_SITE_BUCKETS];
    *site = (fa_debug_site){.next = *bucket, .number = ++shared->site_count, .depth = stack->depth, .hash = hash};
    memcpy(site->calls, stack->calls, calls);
    *bucket = site;
    shared->sites[site->number] = site;
    return site;
}

uint32_t fa_site_number(fa_debug_shared *shared, const fa_debug_stack *stack)
{
    if (stack->depth == 0 || !make_tables(shared))
        return 0;
    uint64_t hash = hash_of(stack);
    fa_debug_site *site = shared->site_buckets[hash % FA_DEBUG_SITE_BUCKETS];
    size_t calls = stack->depth * sizeof *stack->calls;
    while (site != NULL &&
           !(site->hash == hash && site->depth == stack->depth && memcmp(site->calls, stack->calls, calls) == 0))
        site = site->next;
    if (site == NULL)
        site = add(shared, stack, hash);
    return site == NULL ? 0 : site->number;
}

fa_debug_site *fa_site_at(const fa_debug_shared *shared, uint32_t number)
{
    return number == 0 || number > shared->site_count ? NULL : shared->sites[number];
}

static void copy(fa_allocator *a, uint32_t number, fa_debug_stack *stack)
{
    fa_mutex_lock(&a->debug.lock);
    const fa_debug_site *site = fa_site_at(&a->debug, number);
    stack->depth = site == NULL ? 0 : site->depth;
    if (site != NULL)
        memcpy(stack->calls, site->calls, site->depth * sizeof *site->calls);
    fa_mutex_unlock(&a->debug.lock);
}

/* Calls of the library that is part of the program: up to the last one of its interface. Static functions in between
 * have other names. */
static uint32_t skip_own(const fa_debug_stack *stack)
{
    enum { STATIC_CALLS = 3 };
    uint32_t first = 0;
    fa_symbol symbol;
    for (uint32_t i = 0; own_text.start == 0 && i < stack->depth && i < first + STATIC_CALLS; i++) {
        fa_symbol_find((uintptr_t)stack->calls[i], &symbol);
        if (strncmp(symbol.name, "fa_", 3) == 0)
            first = i + 1;
    }
    return first < stack->depth ? first : 0;
}

/* What follows only starts the program or the thread. */
static bool is_outermost(const fa_symbol *symbol)
{
    return strcmp(symbol->name, "main") == 0 || strcmp(symbol->name, "start_thread") == 0;
}

void fa_site_brief(fa_allocator *a, uint32_t number, char *buffer, size_t size)
{
    enum { NAMED = 4, NAME_BYTES = 40 };
    fa_debug_stack stack;
    fa_symbol symbol = {0};
    size_t used = 0;
    copy(a, number, &stack);
    uint32_t first = skip_own(&stack);
    buffer[0] = 0;
    for (uint32_t i = first; i < stack.depth && i < first + NAMED && used < size && !is_outermost(&symbol); i++) {
        fa_symbol_find((uintptr_t)stack.calls[i], &symbol);
        const char *before = i == first ? "" : " < ";
        int bytes = symbol.name[0] != 0
                        ? snprintf(buffer + used, size - used, "%s%.*s", before, NAME_BYTES, symbol.name)
                        : snprintf(buffer + used, size - used, "%s%.*s+%#lx", before, NAME_BYTES, symbol.object,
                                   (unsigned long)symbol.offset);
        used += bytes > 0 ? (size_t)bytes : 0;
    }
}

static size_t write_call(const fa_symbol *symbol, char *line, size_t size)
{
    const char *object = symbol->object[0] != 0 ? symbol->object : "?";
    int bytes = symbol->name[0] != 0 ? snprintf(line, size, "%s+%#lx (%s+%#lx)\n", symbol->name, (unsigned long)symbol->into,
                                                object, (unsigned long)symbol->offset)
                                     : snprintf(line, size, "? (%s+%#lx)\n", object, (unsigned long)symbol->offset);
    return bytes > 0 ? (size_t)bytes : 0;
}

size_t fa_debug_site_text(fa_allocator *a, uint32_t site, char *buffer, size_t size)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_debug_stack stack;
    copy(a, site, &stack);
    size_t used = 0;
    if (size != 0)
        buffer[0] = 0;
    for (uint32_t i = skip_own(&stack); i < stack.depth; i++) {
        char line[256];
        fa_symbol symbol;
        fa_symbol_find((uintptr_t)stack.calls[i], &symbol);
        size_t bytes = write_call(&symbol, line, sizeof line);
        if (used < size)
            (void)snprintf(buffer + used, size - used, "%s", line);
        used += bytes;
    }
    return used;
}
