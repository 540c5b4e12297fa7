/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "edit.h"
#include "explain.h"
#include "link.h"
#include "lsp.h"
#include "output.h"
#include "select.h"
#include "work.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_CLEAN, STATUS_FINDINGS, STATUS_TROUBLE };

static int trouble(char *message)
{
    fprintf(stderr, "fa-lint: %s\n", message);
    release(message);
    return STATUS_TROUBLE;
}

static bool is_asked_for(const struct options *options, const char *path)
{
    bool asked = options->files.count == 0 && options->subject == NULL;
    for (size_t i = 0; i <= options->files.count && !asked; i++) {
        const char *file = i < options->files.count ? options->files.items[i] : options->subject;
        char *real = file != NULL ? real_path(file) : NULL;
        asked = real != NULL && strcmp(real, path) == 0;
        release(real);
    }
    return asked;
}

/* Files that no database knows are compiled with what follows `--`; headers are read with the files that include them.
 */
static int add_file(unit_list *units, const struct options *options, const char *file)
{
    char *real = real_path(file);
    if (real == NULL)
        return trouble(format_text("%s: cannot be read", file));
    bool there = units->count != 0 && !is_source(real);
    for (size_t i = 0; i < units->count; i++)
        there |= strcmp(units->items[i].path, real) == 0;
    if (!there)
        add_unit(units, real, (const char *const *)options->compiler.items, options->compiler.count);
    release(real);
    return STATUS_CLEAN;
}

static int collect_units(unit_list *units, const struct options *options)
{
    char *message = NULL;
    char *found = options->database != NULL      ? copy_text(options->database)
                  : options->compiler.count == 0 ? database_find(".")
                                                 : NULL;
    bool named = options->files.count != 0 || options->subject != NULL;
    if (found == NULL && !named)
        return trouble(copy_text("there is no compile_commands.json here; make one with meson or bear, or name files"));
    bool read = found == NULL || database_read(units, found, &message);
    release(found);
    if (!read)
        return trouble(message);
    int status = STATUS_CLEAN;
    for (size_t i = 0; i < options->files.count && status == STATUS_CLEAN; i++)
        status = add_file(units, options, options->files.items[i]);
    if (options->subject != NULL && status == STATUS_CLEAN)
        status = add_file(units, options, options->subject);
    if (units->count == 0 && status == STATUS_CLEAN)
        status = trouble(copy_text("the database names no C or C++ files"));
    return status;
}

static int read_config(struct config *config, const struct options *options)
{
    char *message = NULL;
    const char *path = options->config != NULL ? options->config : ".fa.toml";
    config_default(config);
    if (options->config == NULL && access(path, F_OK) != 0)
        return STATUS_CLEAN;
    return config_read(config, path, &message) ? STATUS_CLEAN : trouble(message);
}

static bool is_excluded(const char *path, const struct options *options, const struct config *config)
{
    return path_matches(&options->exclude, path) || path_matches(&config->exclude, path);
}

/* A file that does not compile is named with its first error, and left out. */
static int report_left_out(const unit_list *units, const struct module *modules, const struct options *options,
                           const struct config *config)
{
    int status = STATUS_CLEAN;
    for (size_t i = 0; i < units->count; i++) {
        if (modules[i].errors.count == 0 || is_excluded(units->items[i].path, options, config))
            continue;
        fprintf(stderr, "fa-lint: %s is left out: %s\n", path_from_here(units->items[i].path),
                text_of(modules[i].errors.items[0]));
        status = STATUS_TROUBLE;
    }
    return status;
}

static bool includes(const struct module *module, const char *path)
{
    for (size_t i = 0; i < module->files.count; i++)
        if (strcmp(text_of(module->files.items[i]), path) == 0)
            return true;
    return false;
}

static int check_is_read(const char *file, const struct module *modules, size_t count)
{
    char *path = real_path(file);
    bool read = false;
    for (size_t i = 0; i < count && !read; i++)
        read = modules[i].errors.count != 0 || includes(&modules[i], path != NULL ? path : file);
    release(path);
    return read ? STATUS_CLEAN : trouble(format_text("%s: is part of no file of the database", file));
}

/* A header that nothing includes has not been looked at. */
static int check_all_read(const struct options *options, const struct module *modules, size_t count)
{
    int status = options->subject != NULL ? check_is_read(options->subject, modules, count) : STATUS_CLEAN;
    for (size_t i = 0; i < options->files.count; i++) {
        int one = check_is_read(options->files.items[i], modules, count);
        status = one > status ? one : status;
    }
    return status;
}

/* The whole program is looked at, but only what was asked for is reported. */
static void keep_asked(struct program *program, const struct options *options)
{
    size_t kept = 0;
    for (size_t i = 0; i < program->findings.count; i++)
        if (is_asked_for(options, text_of(program->findings.items[i].at.file)))
            program->findings.items[kept++] = program->findings.items[i];
        else
            LIST_FREE(&program->findings.items[i].notes);
    program->findings.count = kept;
}

/* See no-color.org: an empty variable says nothing. */
static bool wants_color(FILE *out)
{
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(out)) && (none == NULL || none[0] == 0) && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static int write_out(const struct program *program, const struct options *options)
{
    FILE *out = options->output != NULL ? fopen(options->output, "w") : stdout;
    if (out == NULL)
        return trouble(format_text("%s: cannot be written", options->output));
    bool color = options->color >= 0 ? options->color : wants_color(out);
    bool written = write_findings(&program->findings, options->format, out, color);
    written &= (out == stdout ? fflush(out) : fclose(out)) == 0;
    return written ? STATUS_CLEAN : trouble(copy_text("the findings could not be written"));
}

static int status_of(const struct program *program, const struct options *options, const struct config *config)
{
    for (size_t i = 0; i < program->findings.count; i++)
        if (is_failure(&program->findings.items[i], options, config))
            return STATUS_FINDINGS;
    return STATUS_CLEAN;
}

static int write_baseline(const finding_list *findings, const struct options *options)
{
    if (!baseline_write(findings, options->write_baseline))
        return trouble(format_text("%s: cannot be written", options->write_baseline));
    if (!options->quiet)
        fprintf(stderr, "fa-lint: %zu findings are listed in %s\n", findings->count, options->write_baseline);
    return STATUS_CLEAN;
}

static int finish(struct program *program, const struct options *options, const struct config *config)
{
    char *message = NULL;
    const char *baseline = options->baseline != NULL ? options->baseline : config->baseline;
    keep_asked(program, options);
    select_findings(program, options, config);
    if (options->write_baseline != NULL)
        return write_baseline(&program->findings, options);
    if (baseline != NULL && !baseline_apply(&program->findings, baseline, &message))
        return trouble(message);
    if (options->fail_fast)
        stop_at_failure(&program->findings, options, config);
    keep_safe_fixes(&program->findings);
    int status = write_out(program, options);
    if (options->fix && status == STATUS_CLEAN)
        fprintf(stderr, "fa-lint: %zu findings mended\n", fix_files(&program->findings));
    return status != STATUS_CLEAN ? status : status_of(program, options, config);
}

static void put_figures(const struct module *modules, const unit_list *units, const struct work *work,
                        const struct timespec *start)
{
    struct timespec now;
    struct rusage own, children;
    size_t lines = 0;
    for (size_t i = 0; i < units->count; i++)
        lines += modules[i].lines;
    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    long peak = own.ru_maxrss > children.ru_maxrss ? own.ru_maxrss : children.ru_maxrss;
    double seconds = (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
    fprintf(stderr, "figures: files=%zu reused=%zu lines=%zu seconds=%.3f peak_kib=%ld\n", units->count, work->reused,
            lines, seconds, peak);
}

static int analyse(const struct options *options, const struct config *config, const unit_list *units)
{
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    char *cache = options->no_cache ? NULL : options->cache != NULL ? copy_text(options->cache) : default_cache();
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct work work = {.cache = cache,
                        .wants_cache = options->cache != NULL,
                        .jobs = options->jobs > 0 ? options->jobs
                                : cores > 0       ? (int)cores
                                                  : 1,
                        .progress = !options->quiet && isatty(STDERR_FILENO)};
    struct module *modules = lower_units(&work, units);
    struct program program = {.config = config};
    int left_out = report_left_out(units, modules, options, config),
        unread = check_all_read(options, modules, units->count);
    for (size_t i = 0; i < units->count; i++)
        check_silenced_codes(&modules[i]);
    analyse_modules(&program, modules, units->count);
    int status = finish(&program, options, config);
    if (options->figures)
        put_figures(modules, units, &work, &start);
    program_free(&program);
    for (size_t i = 0; i < units->count; i++)
        module_free(&modules[i]);
    release(modules);
    release(cache);
    return left_out > status ? left_out : unread > status ? unread : status;
}

static int check(const struct options *options)
{
    struct config config;
    unit_list units = {0};
    int status = read_config(&config, options);
    if (status == STATUS_CLEAN)
        status = collect_units(&units, options);
    if (status == STATUS_CLEAN)
        status = analyse(options, &config, &units);
    free_units(&units);
    config_free(&config);
    return status;
}

static int init(void)
{
    char *message = NULL;
    if (!config_write_new(".fa.toml", &message))
        return trouble(message);
    puts(".fa.toml is written");
    return STATUS_CLEAN;
}

static int run(const struct options *options)
{
    if (strcmp(options->command, "explain") == 0)
        return explain_code(options->subject) ? STATUS_CLEAN : STATUS_TROUBLE;
    if (strcmp(options->command, "list") == 0)
        return list_codes() ? STATUS_CLEAN : STATUS_TROUBLE;
    if (strcmp(options->command, "init") == 0)
        return init();
    if (strcmp(options->command, "lsp") == 0)
        return serve_editor(options);
    return check(options);
}

int main(int count, char **words)
{
    struct options options;
    setlocale(LC_CTYPE, "");
    int stop = options_read(&options, count, words);
    int status = stop != 0 ? stop - 1 : run(&options);
    options_free(&options);
    return status;
}
