/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "options.h"

#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define REPEATS_DEFAULT 5
#define REPEATS_MAX 10000

static const char usage[] = "usage: replay [--repeat N] [--json FILE] [--svg FILE] [--verify] TRACE...\n";

static const char help[] =
    "\n"
    "Replays recorded allocation traces (.fatrace, plain or zstd) through framealloc\n"
    "and through malloc, and prints a table that compares them.\n"
    "\n"
    "  --repeat N   times each allocator replays each trace; figures are medians (5)\n"
    "  --json FILE  write the figures as JSON\n"
    "  --svg FILE   draw the memory of each frame by intent\n"
    "  --verify     first fill every block with a pattern and check it when it goes\n"
    "  --help       this text\n"
    "\n"
    "Exit status: 0 done, 1 a replay went wrong, 2 wrong usage or an unusable file.\n";

static _Noreturn void wrong_usage(void)
{
    fputs(usage, stderr);
    exit(EXIT_INPUT);
}

static _Noreturn void print_help(void)
{
    fputs(usage, stdout);
    fputs(help, stdout);
    exit(EXIT_SUCCESS);
}

static unsigned parse_repeats(const char *text)
{
    char *end = NULL;
    errno = 0;
    long repeats = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && repeats >= 1 && repeats <= REPEATS_MAX)
        return (unsigned)repeats;
    complain("--repeat takes a number from 1 to %d, not '%s'", REPEATS_MAX, text);
    wrong_usage();
}

static void apply(struct options *options, int option)
{
    if (option == 'r')
        options->measure.repeats = parse_repeats(optarg);
    else if (option == 'j')
        options->json = optarg;
    else if (option == 's')
        options->svg = optarg;
    else if (option == 'v')
        options->measure.verify = true;
    else if (option == 'h')
        print_help();
    else
        wrong_usage();
}

struct options options_parse(int argc, char **argv)
{
    static const struct option known[] = {
        {"repeat", required_argument, NULL, 'r'}, {"json", required_argument, NULL, 'j'},
        {"svg", required_argument, NULL, 's'},    {"verify", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    struct options options = {.measure = {REPEATS_DEFAULT, false}};
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;)
        apply(&options, option);
    options.traces = argv + optind;
    options.trace_count = (size_t)(argc - optind);
    if (options.trace_count != 0)
        return options;
    complain("no trace to replay");
    wrong_usage();
}
