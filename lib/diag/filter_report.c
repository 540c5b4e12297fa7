/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the behaviour filter makes of its figures. */
#include "core/call.h"
#include "core/report.h"
#include "diag/codes.h"
#include "diag/filter.h"
#include "diag/text.h"
#include "base/json.h"

#include <stdio.h>

typedef enum fa_pattern { LONG_LIVED, SHORT_LIVED, CHURN, HOT_HEAP, PATTERNS } fa_pattern;

static const int32_t codes[PATTERNS] = {
    [LONG_LIVED] = FA_CODE_LONG_LIVED_FRAME,
    [SHORT_LIVED] = FA_CODE_SHORT_LIVED_POOL,
    [CHURN] = FA_CODE_PROMOTION_CHURN,
    [HOT_HEAP] = FA_CODE_HEAP_IN_HOT_PATH,
};

/* What the two figures are, with their unit. */
static const struct {
    double scale;
    const char *unit;
    const char *of;
} units[PATTERNS] = {
    [LONG_LIVED] = {1.0, " frames", "frames that lived on"},
    [SHORT_LIVED] = {100.0, " %", "pool blocks"},
    [CHURN] = {100.0, " %", "frame blocks"},
    [HOT_HEAP] = {1.0, " blocks per frame", "frames"},
};

/* Figures with the configuration they are judged by. */
typedef struct fa_judgement {
    fa_filter_config config;
    uint64_t frames;
} fa_judgement;

static fa_judgement begin(fa_allocator *a)
{
    return (fa_judgement){fa_filter_read_config(a), fa_peek(a->diag.filter.frames)};
}

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

static fa_filter_issue measure(const fa_judgement *by, const fa_filter_figures *f, fa_pattern pattern)
{
    fa_filter_issue issue = {.code = codes[pattern]};
    switch (pattern) {
    case LONG_LIVED:
        issue.samples = fa_peek(f->kept_frames);
        issue.observed = (double)fa_peek(f->longest_kept);
        issue.threshold = (double)by->config.frame_lifetime;
        break;
    case SHORT_LIVED:
        issue.samples = fa_peek(f->pool_followed);
        issue.observed = share(fa_peek(f->pool_same_frame), issue.samples);
        issue.threshold = by->config.pool_same_frame;
        break;
    case CHURN:
        issue.samples = fa_peek(f->frame_blocks);
        issue.observed = share(fa_peek(f->promoted), issue.samples);
        issue.threshold = by->config.promotion_rate;
        break;
    default:
        issue.samples = by->frames;
        issue.observed = share(fa_peek(f->heap_in_frames), issue.samples);
        issue.threshold = by->config.heap_per_frame;
        break;
    }
    return issue;
}

/* A single frame that lives too long is a finding; shares need something to be shares of. */
static bool judge(fa_allocator *a, const fa_judgement *by, const fa_filter_figures *f, fa_pattern pattern, fa_filter_issue *issue)
{
    *issue = measure(by, f, pattern);
    if (issue->observed <= issue->threshold || (pattern != LONG_LIVED && issue->samples < by->config.min_samples))
        return false;
    const fa_diagnostic_text *text = fa_code_text(fa_code_index(issue->code));
    issue->message = text->message;
    issue->suggestion = text->help;
    issue->tag = fa_tag_id(a, f->tag);
    if (f->tag != NULL)
        (void)fa_tag_path(a, issue->tag, issue->tag_path, sizeof issue->tag_path);
    return true;
}

/* The next finding from *f and *pattern on, which are moved behind it. */
static bool next(fa_allocator *a, const fa_judgement *by, fa_filter_figures **f, unsigned *pattern, fa_filter_issue *issue)
{
    for (; *f != NULL; *f = fa_peek_acquire((*f)->next), *pattern = 0) {
        while (*pattern < PATTERNS) {
            if (judge(a, by, *f, (fa_pattern)(*pattern)++, issue))
                return true;
        }
    }
    return false;
}

static void add_observation(fa_text *text, const fa_filter_issue *issue, fa_pattern pattern)
{
    fa_text_add(text, "observed %.4g%s, threshold %.4g%s, %llu %s", issue->observed * units[pattern].scale, units[pattern].unit,
                issue->threshold * units[pattern].scale, units[pattern].unit, (unsigned long long)issue->samples,
                units[pattern].of);
}

void fa_filter_raise(fa_allocator *a)
{
    fa_judgement by = begin(a);
    fa_filter_figures *f = fa_peek_acquire(a->diag.filter.first);
    fa_filter_issue issue;
    unsigned pattern = 0;
    while (by.config.raise && next(a, &by, &f, &pattern, &issue)) {
        char buffer[160] = "";
        fa_text text = FA_TEXT(buffer);
        uint32_t bit = 1u << (pattern - 1);
        if (atomic_fetch_or(&f->raised, bit) & bit)
            continue;
        add_observation(&text, &issue, (fa_pattern)(pattern - 1));
        fa_warn(a, issue.code, "%s%s: %s", f->tag == NULL ? "memory without a tag" : "tag ", issue.tag_path, buffer);
    }
}

fa_status fa_filter_report(fa_allocator *a, fa_filter_issue *issues, size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (issues == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write findings to");
    fa_judgement by = begin(a);
    fa_filter_figures *f = fa_peek_acquire(a->diag.filter.first);
    fa_filter_issue issue;
    unsigned pattern = 0;
    for (*total = 0; next(a, &by, &f, &pattern, &issue); (*total)++) {
        if (*total < capacity)
            issues[*total] = issue;
    }
    return FA_OK;
}

static size_t write_text(fa_allocator *a, const fa_judgement *by, char *buffer, size_t size)
{
    fa_text text = {buffer, size, 0, 0};
    fa_filter_figures *f = fa_peek_acquire(a->diag.filter.first);
    fa_filter_issue issue;
    unsigned pattern = 0;
    size_t count = 0;
    fa_text_add(&text, "behaviour of %llu frames\n", (unsigned long long)by->frames);
    for (; next(a, by, &f, &pattern, &issue); count++) {
        fa_text_add(&text, "[%s] %s: ", fa_code_text(fa_code_index(issue.code))->name, issue.message);
        fa_text_add_escaped(&text, f->tag == NULL ? "memory without a tag" : issue.tag_path, false);
        fa_text_add(&text, "\n  ");
        add_observation(&text, &issue, (fa_pattern)(pattern - 1));
        fa_text_add(&text, "\n  %s\n", issue.suggestion);
    }
    fa_text_add(&text, count == 0 ? "nothing found\n" : "");
    return text.wanted + 1;
}

static void put_issue(fa_json *json, const fa_filter_issue *issue)
{
    fa_json_open(json, NULL, '{');
    fa_json_string(json, "code", fa_code_text(fa_code_index(issue->code))->name);
    fa_json_string(json, "tag", issue->tag_path);
    fa_json_string(json, "message", issue->message);
    fa_json_real(json, "observed", issue->observed);
    fa_json_real(json, "threshold", issue->threshold);
    fa_json_number(json, "samples", issue->samples);
    fa_json_string(json, "suggestion", issue->suggestion);
    fa_json_close(json, '}');
}

static void put_thresholds(fa_json *json, const fa_filter_config *config)
{
    fa_json_open(json, "thresholds", '{');
    fa_json_number(json, "min_samples", config->min_samples);
    fa_json_number(json, "frame_lifetime", config->frame_lifetime);
    fa_json_real(json, "pool_same_frame", config->pool_same_frame);
    fa_json_real(json, "promotion_rate", config->promotion_rate);
    fa_json_real(json, "heap_per_frame", config->heap_per_frame);
    fa_json_close(json, '}');
}

static size_t write_json(fa_allocator *a, const fa_judgement *by, char *buffer, size_t size)
{
    fa_json json = {.bytes = buffer, .size = size};
    fa_filter_figures *f = fa_peek_acquire(a->diag.filter.first);
    fa_filter_issue issue;
    unsigned pattern = 0;
    fa_json_open(&json, NULL, '{');
    fa_json_number(&json, "version", 1);
    fa_json_number(&json, "frames", by->frames);
    put_thresholds(&json, &by->config);
    fa_json_open(&json, "issues", '[');
    while (next(a, by, &f, &pattern, &issue))
        put_issue(&json, &issue);
    fa_json_close(&json, ']');
    fa_json_close(&json, '}');
    (void)fa_json_finish(&json);
    return json.used + 1;
}

fa_status fa_filter_format(fa_allocator *a, int32_t format, char *buffer, size_t size, size_t *needed)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (format < FA_FILTER_TEXT || format > FA_FILTER_JSON || (buffer == NULL && size != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the format is FA_FILTER_TEXT or FA_FILTER_JSON, "
                         "and a buffer belongs to its size");
    char nowhere[1];
    fa_judgement by = begin(a);
    char *room = size == 0 ? nowhere : buffer;
    size_t wanted = (format == FA_FILTER_TEXT ? write_text : write_json)(a, &by, room, fa_max(size, sizeof nowhere));
    if (needed != NULL)
        *needed = wanted;
    return wanted <= size ? FA_OK : fa_fail(FA_ERROR_FULL);
}
