/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "options.h"
#include "codes.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_FORMAT = 256,
    OPTION_CONFIG,
    OPTION_OUTPUT,
    OPTION_BASELINE,
    OPTION_WRITE_BASELINE,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_DENY,
    OPTION_ALLOW,
    OPTION_EXCLUDE,
    OPTION_MIN,
    OPTION_DENY_WARNINGS,
    OPTION_FAIL_FAST,
    OPTION_FIX,
    OPTION_COLOR,
    OPTION_CATEGORY,
    OPTION_FIGURES,
    OPTION_VERSION
};

static const struct option known[] = {
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"baseline", required_argument, NULL, OPTION_BASELINE},
    {"write-baseline", required_argument, NULL, OPTION_WRITE_BASELINE},
    {"cache", required_argument, NULL, OPTION_CACHE},
    {"no-cache", no_argument, NULL, OPTION_NO_CACHE},
    {"deny", required_argument, NULL, OPTION_DENY},
    {"allow", required_argument, NULL, OPTION_ALLOW},
    {"exclude", required_argument, NULL, OPTION_EXCLUDE},
    {"min-severity", required_argument, NULL, OPTION_MIN},
    {"deny-warnings", no_argument, NULL, OPTION_DENY_WARNINGS},
    {"fail-fast", no_argument, NULL, OPTION_FAIL_FAST},
    {"fix", no_argument, NULL, OPTION_FIX},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"dirtymem", no_argument, NULL, OPTION_CATEGORY},
    {"async-safety", no_argument, NULL, OPTION_CATEGORY},
    {"threading", no_argument, NULL, OPTION_CATEGORY},
    {"budgets", no_argument, NULL, OPTION_CATEGORY},
    {"architecture", no_argument, NULL, OPTION_CATEGORY},
    {"all", no_argument, NULL, OPTION_CATEGORY},
    {"figures", no_argument, NULL, OPTION_FIGURES},
    {"jobs", required_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: fa-lint [options] [check] [FILE...] [-- COMPILER OPTIONS]\n"
    "       fa-lint explain CODE | show FILE... | list | init | lsp\n\n"
    "what to look for (all of it unless said):\n"
    "  --dirtymem --async-safety --threading --budgets --architecture --all\n"
    "what to report:\n"
    "  --deny CODE           report as an error         --allow CODE       do not report\n"
    "  --exclude GLOB        leave files out            --min-severity S   hint, warning (default) or error\n"
    "  --deny-warnings       warnings fail, too         --fail-fast        stop at the first that fails\n"
    "  --baseline FILE       leave out what FILE lists  --write-baseline FILE\n"
    "how:\n"
    "  -p PATH               compile_commands.json or the folder it is in\n"
    "  --format F            human, compact, json, sarif, junit or checkstyle\n"
    "  --output FILE --color auto|always|never --config FILE --fix\n"
    "  -j N --cache FOLDER --no-cache -q --figures\n"
    "  -h --help --version\n";

static int number_of_format(const char *name)
{
    static const char *const names[] = {"human", "compact", "json", "sarif", "junit", "checkstyle"};
    for (int i = 0; i < 6; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static int refuse(const char *what, const char *value)
{
    fprintf(stderr, "fa-lint: %s: %s\n", value, what);
    return 3;
}

static int add_code(text_list *list, const char *code)
{
    if (!is_reported(code))
        return refuse("is no code of fa-lint; fa-lint list shows all", code);
    LIST_PUSH(list, copy_text(code));
    return 0;
}

static void add_category(struct options *options, const char *name)
{
    static const char *const all[] = {"dirtymem", "async", "threading", "budgets", "architecture"};
    for (size_t i = 0; i < 5; i++)
        if (strcmp(name, "all") == 0 || strcmp(name, all[i]) == 0 || (i == 1 && strcmp(name, "async-safety") == 0))
            LIST_PUSH(&options->categories, copy_text(all[i]));
}

static int set_format(struct options *options, const char *name)
{
    int format = number_of_format(name);
    options->format = format < 0 ? FORMAT_HUMAN : (enum format)format;
    return format < 0 ? refuse("is no format", name) : 0;
}

static int set_color(struct options *options, const char *name)
{
    options->color = strcmp(name, "always") == 0 ? 1 : strcmp(name, "never") == 0 ? 0 : -1;
    return options->color == -1 && strcmp(name, "auto") != 0 ? refuse("is not auto, always or never", name) : 0;
}

static int set_jobs(struct options *options, const char *number)
{
    char *end;
    long jobs = strtol(number, &end, 10);
    options->jobs = (int)jobs;
    return *end != 0 || jobs < 1 || jobs > 1024 ? refuse("is no number of jobs", number) : 0;
}

static int set_severity(struct options *options, const char *name)
{
    options->min_severity = severity_by_name(name);
    return options->min_severity < 0 ? refuse("is not hint, warning or error", name) : 0;
}

static int set_option(struct options *options, int option, const char *name)
{
    switch (option) {
    case OPTION_FORMAT: return set_format(options, optarg);
    case OPTION_CONFIG: options->config = optarg; return 0;
    case OPTION_OUTPUT: options->output = optarg; return 0;
    case OPTION_BASELINE: options->baseline = optarg; return 0;
    case OPTION_WRITE_BASELINE: options->write_baseline = optarg; return 0;
    case OPTION_CACHE: options->cache = optarg; return 0;
    case OPTION_NO_CACHE: options->no_cache = true; return 0;
    case OPTION_DENY: return add_code(&options->deny, optarg);
    case OPTION_ALLOW: return add_code(&options->allow, optarg);
    case OPTION_EXCLUDE: LIST_PUSH(&options->exclude, copy_text(optarg)); return 0;
    case OPTION_MIN: return set_severity(options, optarg);
    case OPTION_DENY_WARNINGS: options->deny_warnings = true; return 0;
    case OPTION_FAIL_FAST: options->fail_fast = true; return 0;
    case OPTION_FIX: options->fix = true; return 0;
    case OPTION_COLOR: return set_color(options, optarg);
    case OPTION_CATEGORY: add_category(options, name); return 0;
    case OPTION_FIGURES: options->figures = true; return 0;
    case 'j': return set_jobs(options, optarg);
    case 'p': options->database = optarg; return 0;
    case 'q': options->quiet = true; return 0;
    case 'h': fputs(usage, stdout); return 1;
    case OPTION_VERSION: printf("fa-lint %s\n", FA_LINT_VERSION); return 1;
    default: fputs(usage, stderr); return 3;
    }
}

static bool is_command(const char *word)
{
    static const char *const commands[] = {"explain", "show", "list", "init", "lsp", "check"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i], word) == 0)
            return true;
    return false;
}

static bool is_any(const char *word, const char *first, const char *second)
{
    return strcmp(word, first) == 0 || strcmp(word, second) == 0;
}

static int read_words(struct options *options, int count, char **words)
{
    bool has_subject = is_any(options->command, "explain", "show");
    bool has_files = is_any(options->command, "check", "show");
    if (has_subject && optind < count)
        options->subject = words[optind++];
    if (has_subject && options->subject == NULL)
        return refuse("needs an argument", options->command);
    if (!has_files && optind < count)
        return refuse("is one word too many", words[optind]);
    for (int i = optind; i < count; i++)
        LIST_PUSH(&options->files, copy_text(words[i]));
    return 0;
}

static int count_before_dashes(int count, char **words)
{
    for (int i = 1; i < count; i++)
        if (strcmp(words[i], "--") == 0)
            return i;
    return count;
}

int options_read(struct options *options, int count, char **words)
{
    int index = 0, option, status = 0;
    *options = (struct options){.command = "check", .min_severity = -1, .color = -1};
    int own = count_before_dashes(count, words);
    while (status == 0 && (option = getopt_long(own, words, "p:j:qh", known, &index)) != -1)
        status = set_option(options, option, known[index].name);
    if (status == 0 && optind < own && is_command(words[optind]))
        options->command = words[optind++];
    if (status == 0)
        status = read_words(options, own, words);
    for (int i = own + 1; i < count; i++)
        LIST_PUSH(&options->compiler, copy_text(words[i]));
    return status;
}

static void free_list(text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        release(list->items[i]);
    LIST_FREE(list);
}

void options_free(struct options *options)
{
    free_list(&options->files);
    free_list(&options->compiler);
    free_list(&options->deny);
    free_list(&options->allow);
    free_list(&options->exclude);
    free_list(&options->categories);
}
