/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The handler uses nothing but what signal handlers may: a table that is read without a lock, records that stay as long
 * as their entry, its own formatting, and write(). */
#include "debug/fault.h"

#include "account/tag.h"
#include "base/os.h"
#include "debug/report.h"
#include "debug/site.h"

#include <framealloc/diagnostic.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#if FA_HAVE_BACKTRACE
#include <execinfo.h>
#endif

enum { PLACES = 8192, SIGNALS = 2 };

/* No memory begins there. */
enum { FREE = 0, BEING_SET = 1 };

typedef struct fa_fault_place {
    _Atomic uintptr_t start; /* FREE, or BEING_SET; set last, cleared first */
    size_t bytes;
    fa_allocator *allocator;
    const fa_debug_record *blocks;
} fa_fault_place;

static const int signals[SIGNALS] = {SIGSEGV, SIGBUS};
static struct sigaction before[SIGNALS];
static fa_fault_place *places;
static fa_diagnostic_text texts = FA_DIAGNOSTIC_TEXT_INIT;
static _Atomic uint32_t readers; /* handlers that look at places */

/* Text of a message. */
typedef struct fa_line {
    size_t used;
    char text[1024];
} fa_line;

static void put(fa_line *line, const char *text)
{
    for (; *text != 0 && line->used < sizeof line->text; text++)
        line->text[line->used++] = *text;
}

static void put_number(fa_line *line, uint64_t number, unsigned base)
{
    char digits[24];
    size_t first = sizeof digits - 1;
    digits[first] = 0;
    do {
        digits[--first] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    put(line, base == 16 ? "0x" : "");
    put(line, digits + first);
}

static void put_tag(fa_line *line, fa_allocator *a, uint64_t tag)
{
    const fa_tag_node *path[16];
    unsigned depth = 0;
    for (const fa_tag_node *node = fa_tag_node_of(a, tag); node != NULL && depth < 16; node = node->parent)
        path[depth++] = node;
    put(line, depth != 0 ? ", tag " : "");
    while (depth != 0) {
        put(line, path[--depth]->name);
        put(line, depth != 0 ? "::" : "");
    }
}

static const fa_debug_record *block_at(const fa_debug_record *blocks, uintptr_t address)
{
    while (blocks != NULL && (uintptr_t)blocks->base > address)
        blocks = blocks->older;
    return blocks;
}

static void put_block(fa_line *line, fa_allocator *a, const fa_debug_record *block, uintptr_t address)
{
    const fa_debug_site *site = fa_site_at(&a->debug, block->taken.site);
    bool inside = address >= (uintptr_t)block->block && address - (uintptr_t)block->block < block->size;
    put(line, inside ? " is byte " : " lies beside byte ");
    put_number(line, inside ? address - (uintptr_t)block->block : 0, 10);
    put(line, " of ");
    put_number(line, block->size, 10);
    put(line, " bytes at ");
    put_number(line, (uintptr_t)block->block, 16);
    put(line, " (");
    put(line, fa_debug_intent_word(block->intent));
    put_tag(line, a, block->tag);
    put(line, block->phase[0] != 0 ? ", phase \"" : "");
    put(line, block->phase);
    put(line, block->phase[0] != 0 ? "\"" : "");
    put(line, ") of frame ");
    put_number(line, block->taken.frame, 10);
    put(line, ", lane ");
    put_number(line, block->taken.lane, 10);
    put(line, " (thread \"");
    put(line, block->taken.thread);
    put(line, "\")");
    if (site != NULL && site->brief != NULL) {
        put(line, "; allocated by ");
        put(line, site->brief);
    }
}

static const fa_fault_place *place_of(uintptr_t address)
{
    for (size_t i = 0; i < PLACES; i++) {
        uintptr_t start = atomic_load(&places[i].start);
        if (start > BEING_SET && address - start < places[i].bytes)
            return &places[i];
    }
    return NULL;
}

static void put_report(fa_line *line, const fa_fault_place *place, uintptr_t address)
{
    const fa_debug_record *block = block_at(place->blocks, address);
    put(line, "[framealloc][FA010] error: ");
    put(line, texts.message);
    put(line, "\n  note: ");
    put_number(line, address, 16);
    if (block != NULL)
        put_block(line, place->allocator, block, address);
    else
        put(line, " lies in memory of a frame that has ended, in no block that debug mode knows");
    put(line, "\n  help: ");
    put(line, texts.help);
    put(line, "\n");
}

static void write_all(const fa_line *line)
{
    for (size_t done = 0; done < line->used;) {
        ssize_t written = write(STDERR_FILENO, line->text + done, line->used - done);
        if (written <= 0)
            return;
        done += (size_t)written;
    }
}

static FA_NOINLINE void write_calls(void)
{
#if FA_HAVE_BACKTRACE
    enum { DEPTH = 24, OWN = 3 }; /* this, the handler, and the frame of the signal */
    void *calls[DEPTH];
    int depth = backtrace(calls, DEPTH);
    static const fa_line heading = {10, "  used by\n"};
    write_all(&heading);
    if (depth > OWN)
        backtrace_symbols_fd(calls + OWN, depth - OWN, STDERR_FILENO);
#endif
}

static bool report(uintptr_t address)
{
    fa_line line;
    line.used = 0;
    (void)atomic_fetch_add(&readers, 1);
    const fa_fault_place *place = place_of(address);
    if (place != NULL)
        put_report(&line, place, address);
    (void)atomic_fetch_sub(&readers, 1);
    write_all(&line);
    return place != NULL;
}

/* Without a handler of the program, the same instruction faults again, and the process ends as it would have. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    const struct sigaction *previous = &before[number == signals[0] ? 0 : 1];
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    } else {
        (void)sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
        if (info->si_code <= 0)
            (void)raise(number);
    }
}

static void handle(int number, siginfo_t *info, void *context)
{
    int error = errno;
    if (info->si_code > 0 && report((uintptr_t)info->si_addr))
        write_calls();
    errno = error;
    pass_on(number, info, context);
}

static void set_handler(void)
{
    fa_fault_place *table = fa_os_map(fa_round_up(PLACES * sizeof *table, fa_os_page_size()), sizeof(void *));
    if (table == NULL)
        return;
    fa_site_prepare();
    (void)fa_diagnostic_describe(FA_CODE_AFTER_FRAME, &texts);
    places = table;
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    (void)sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &action, &before[i]);
}

void fa_fault_catch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, set_handler);
}

/* Without a lock, which a fork could leave taken. */
static fa_fault_place *take_place(void)
{
    static _Atomic uint32_t next;
    for (size_t i = 0; places != NULL && i < PLACES; i++) {
        fa_fault_place *place = &places[atomic_fetch_add(&next, 1) % PLACES];
        uintptr_t expected = FREE;
        if (atomic_compare_exchange_strong(&place->start, &expected, BEING_SET))
            return place;
    }
    return NULL;
}

fa_fault_place *fa_fault_expect(fa_allocator *a, uintptr_t start, size_t bytes, const fa_debug_record *blocks)
{
    fa_fault_place *place = take_place();
    if (place == NULL)
        return NULL;
    place->bytes = bytes;
    place->allocator = a;
    place->blocks = blocks;
    atomic_store(&place->start, start);
    return place;
}

/* A handler that looks is waited for, but not for ever: its thread may not have survived a fork. */
void fa_fault_forget(fa_fault_place *place)
{
    enum { WAITS_MAX = 1000 };
    if (place == NULL)
        return;
    atomic_store(&place->start, FREE);
    for (unsigned waits = 0; atomic_load(&readers) != 0 && waits < WAITS_MAX; waits++)
        fa_os_wait(waits);
}
