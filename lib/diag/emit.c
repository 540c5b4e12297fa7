/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/emit.h"

#include "base/bits.h"
#include "core/call.h"
#include "core/rooms.h"
#include "diag/codes.h"
#include "diag/context.h"
#include "diag/output.h"
#include "diag/recent.h"
#include "diag/sink.h"
#include "diag/strict.h"
#include "diag/text.h"

#include <framealloc/event.h>

/* Reports made with no allocator at hand. */
static fa_report_counts counts_without_allocator;

static fa_report_counts *counts_of(fa_allocator *a)
{
    return a == NULL ? &counts_without_allocator : &a->diag.counts;
}

static uint64_t count_up(fa_counter *counter)
{
    return atomic_fetch_add_explicit(counter, 1, memory_order_relaxed) + 1;
}

/* FNV-1a. */
static fa_counter *counter_of_custom(fa_report_counts *counts, const char *code)
{
    uint32_t hash = 2166136261u;
    for (; *code != '\0'; code++)
        hash = (hash ^ (unsigned char)*code) * 16777619u;
    return &counts->of_custom[hash % FA_REPORT_CUSTOM];
}

static bool due(const fa_diagnostic *diagnostic, const fa_diagnostic_config *config)
{
    return diagnostic->severity >= config->min_severity &&
           (diagnostic->occurrences <= config->repeats || fa_is_power_of_two(diagnostic->occurrences));
}

/* Only a sink that is at work can make a report within a report. */
static int32_t output_of(const fa_diagnostic_config *config, bool sink)
{
    if (fa_tls.reporting != 0)
        return FA_OUTPUT_STDERR;
    if (config->output != FA_OUTPUT_AUTO)
        return config->output;
    return sink ? FA_OUTPUT_SINK : FA_OUTPUT_STDERR;
}

static void deliver(fa_allocator *a, const fa_diagnostic *diagnostic)
{
    fa_diagnostic_config config = FA_DIAGNOSTIC_CONFIG_INIT;
    bool sink = a != NULL && fa_sink_read(a, &config);
    bool stops = fa_strict_stops(a, diagnostic->severity);
    int32_t output = output_of(&config, sink);
    bool wanted = due(diagnostic, &config);
    if (stops || (wanted && output != FA_OUTPUT_SINK))
        fa_output_write(diagnostic, config.color);
    if (!wanted && !stops)
        return;
    if (a != NULL)
        fa_recent_keep(a, diagnostic);
    if (sink && (output == FA_OUTPUT_SINK || output == FA_OUTPUT_BOTH))
        fa_sink_call(a, diagnostic);
    if (stops)
        fa_strict_stop(diagnostic);
}

/* Adds where it was to the note. */
static void emit(fa_allocator *a, fa_diagnostic *diagnostic)
{
    fa_diagnostic_context context;
    char place[320];
    char note[1408] = "";
    fa_text text = FA_TEXT(note);
    const char *told = diagnostic->note == NULL ? diagnostic->message : diagnostic->note;
    fa_context_capture(a, &context);
    fa_context_describe(&context, place, sizeof place);
    if (diagnostic->note != NULL && *diagnostic->note != '\0')
        fa_text_add(&text, "%s (%s)", diagnostic->note, place);
    else
        fa_text_add(&text, "%s", place);
    diagnostic->struct_size = sizeof *diagnostic;
    diagnostic->note = note;
    diagnostic->frame_number = context.frame_number;
    diagnostic->context = &context;
    deliver(a, diagnostic);
    if (a != NULL)
        fa_tell(a, &(fa_happening){.kind = FA_EVENT_DIAGNOSTIC, .intent = -1, .id = (uint64_t)diagnostic->code, .name = told});
}

void fa_diag_emit(fa_allocator *a, const fa_report *report)
{
    int32_t index = fa_code_index(report->code);
    const fa_diagnostic_text *known = fa_code_text(index);
    uint64_t occurrences = count_up(&counts_of(a)->of_code[index]);
    emit(a, &(fa_diagnostic){.severity = known->severity, .code = known->code, .status = report->status,
                             .message = known->message, .note = report->note, .help = known->help,
                             .occurrences = occurrences, .code_text = known->name});
}

void fa_diag_emit_message(fa_allocator *a, const fa_message *message)
{
    uint64_t occurrences = count_up(counter_of_custom(counts_of(a), message->code));
    emit(a, &(fa_diagnostic){.severity = message->severity, .status = FA_OK, .message = message->message,
                             .note = message->note, .help = message->help == NULL ? "" : message->help,
                             .occurrences = occurrences, .code_text = message->code});
}

uint64_t fa_diagnostic_count(fa_allocator *a, int32_t code)
{
    FA_ENTER(a);
    if (a != NULL && !fa_allocator_usable(a))
        return 0;
    fa_report_counts *counts = counts_of(a);
    int32_t index = fa_code_index(code);
    if (index >= 0)
        return fa_peek(counts->of_code[index]);
    uint64_t sum = 0;
    for (unsigned i = 0; code == 0 && i < FA_REPORT_CUSTOM; i++)
        sum += fa_peek(counts->of_custom[i]);
    return sum;
}
