/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Replays recorded games through framealloc and through malloc. */
#include "message.h"
#include "options.h"
#include "report.h"

#include <framealloc/framealloc.h>

#include <stdio.h>
#include <stdlib.h>

static void check_library(void)
{
    if (fa_version_check(FA_VERSION) != FA_OK)
        fail("compiled for framealloc %s, but the library is %s", FA_VERSION_STRING, fa_version_string());
}

/* All of them before anything is measured: a bad file shows at once, and reading leaves no mark on malloc. */
static bool open_traces(const struct options *options, struct trace *traces)
{
    for (size_t i = 0; i < options->trace_count; i++) {
        progress("reading %s", options->traces[i]);
        if (!trace_open(&traces[i], options->traces[i]))
            return false;
    }
    progress_clear();
    return true;
}

static int show(const struct options *options, const struct comparison *comparisons)
{
    print_table(comparisons, options->trace_count, options->measure.repeats);
    bool written = fflush(stdout) == 0;
    if (options->json != NULL)
        written &= write_json(options->json, comparisons, options->trace_count);
    if (options->svg != NULL)
        written &= write_svg(options->svg, comparisons, options->trace_count);
    return written ? EXIT_SUCCESS : EXIT_INPUT;
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    check_library();
    struct trace *traces = bulk_array(options.trace_count, sizeof *traces);
    struct comparison *comparisons = bulk_array(options.trace_count, sizeof *comparisons);
    if (!open_traces(&options, traces))
        return EXIT_INPUT;
    for (size_t i = 0; i < options.trace_count; i++)
        if (!measure(&comparisons[i], &traces[i], &options.measure))
            return EXIT_MISMATCH;
    int status = show(&options, comparisons);
    for (size_t i = 0; i < options.trace_count; i++)
        trace_close(&traces[i]);
    return status;
}
