/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "view.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_ROWS = 8, LEAST_ROWS = 2, STALE_SECONDS = 3 };

static const char *const order_names[ORDERS] = {"bytes", "frame", "budget", "name"};

typedef struct label {
    char text[64];
} label;

static label bytes(double value)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    label l;
    (void)snprintf(l.text, sizeof l.text, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return l;
}

static label count(double value)
{
    static const char units[] = " kMGTPE";
    size_t unit = 0;
    while (value >= 99999.5 && unit + 2 < sizeof units) {
        value /= 1000;
        unit++;
    }
    label l;
    (void)snprintf(l.text, sizeof l.text, unit == 0 ? "%.0f" : "%.0f%c", value, units[unit]);
    return l;
}

static int write_format(canvas *c, int row, int column, style s, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    canvas_text(c, row, column, c->width - column, s, text);
    return column + (int)strlen(text);
}

/* The limit that a bar is drawn against. */
static double limit_of(const budget *b)
{
    return b->hard > 0 ? b->hard : b->soft;
}

static style urgency(const budget *b)
{
    double share = b->used / limit_of(b);
    if (share >= 1 || (b->denied > 0 && share > 0.97))
        return BAD;
    return share >= 0.9 || (b->soft > 0 && b->used > b->soft) ? WARN : GOOD;
}

/* A bar, then "63% of 4.0 MiB". Returns the columns it takes. */
static int draw_budget(canvas *c, int row, int column, int bar, const budget *b)
{
    if (!b->set || limit_of(b) <= 0)
        return 0;
    double share = b->used / limit_of(b);
    canvas_bar(c, row, column, bar, share, urgency(b));
    label limit = bytes(limit_of(b));
    style s = urgency(b) == GOOD ? PLAIN : urgency(b);
    int end = write_format(c, row, column + bar + 1, s, "%3.0f%% %s %s", fmin(share * 100, 999),
                           b->hard > 0 ? "of" : "soft", limit.text);
    return end - column;
}

static label age_of(const view *v, const model *m)
{
    label l;
    double age = v->now - m->time;
    if (v->paused)
        (void)snprintf(l.text, sizeof l.text, "paused");
    else if (!v->lives)
        (void)snprintf(l.text, sizeof l.text, "has ended");
    else if (age > STALE_SECONDS)
        (void)snprintf(l.text, sizeof l.text, "silent for %.0f s", age);
    else
        (void)snprintf(l.text, sizeof l.text, "live");
    return l;
}

/* That ended the frame; "" if it is not in the snapshot. */
static const char *lane_of(const model *m)
{
    for (size_t i = 0; i < m->lane_count; i++) {
        if (m->lanes[i].id == m->lane)
            return m->lanes[i].name;
    }
    return "";
}

static void draw_title(canvas *c, const view *v, const model *m)
{
    char text[1024];
    label state = age_of(v, m);
    char name[80] = "";
    if (m->name[0] != '\0')
        (void)snprintf(name, sizeof name, " \"%.70s\"", m->name);
    (void)snprintf(text, sizeof text, " %.63s  pid %llu  allocator %llu%s  frame %.0f (%.2f ms) of %.63s", m->program,
                   v->shown.pid, v->shown.allocator, name, m->frame, m->duration_us / 1000, lane_of(m));
    canvas_style_row(c, 0, TITLE);
    canvas_text(c, 0, 0, c->width - (int)strlen(state.text) - 2, TITLE, text);
    canvas_right(c, 0, 0, c->width - 1, TITLE, state.text);
}

static void draw_totals(canvas *c, const model *m)
{
    int column = write_format(c, 1, 1, BOLD, "total %s", bytes(m->total).text);
    column = write_format(c, 1, column + 2, PLAIN, "peak %s", bytes(m->peak).text);
    column = write_format(c, 1, column + 2, PLAIN, "from system %s", bytes(m->reserved).text);
    (void)draw_budget(c, 1, column + 1, 9, &m->limits);
    column = write_format(c, 2, 1, PLAIN, "frees waiting %s", count(m->pending).text);
    column = write_format(c, 2, column + 2, PLAIN, "transfers %s", count(m->in_flight).text);
    column = write_format(c, 2, column + 2, PLAIN, "promoted %s", bytes(m->promoted).text);
    if (m->stream.set && limit_of(&m->stream) > 0) {
        column = write_format(c, 2, column + 2, PLAIN, "streams");
        (void)draw_budget(c, 2, column + 1, 6, &m->stream);
    }
}

static void draw_intents(canvas *c, const model *m)
{
    enum { TREND_AT = 52 };
    (void)write_format(c, 3, 1, DIM, "%-8s %9s %10s %9s %9s  %s", "INTENT", "LIVE", "PEAK", "BLOCKS", "ALLOCS/s",
                       "TREND");
    for (int i = 0; i < INTENTS; i++) {
        const intent *at = &m->intents[i];
        canvas_text(c, 4 + i, 1, 8, BOLD, intent_names[i]);
        canvas_right(c, 4 + i, 9, 10, PLAIN, bytes(at->live).text);
        canvas_right(c, 4 + i, 20, 10, PLAIN, bytes(at->peak).text);
        canvas_right(c, 4 + i, 31, 9, PLAIN, count(at->blocks).text);
        canvas_right(c, 4 + i, 41, 9, PLAIN, count(at->per_second).text);
        canvas_trend(c, 4 + i, TREND_AT, c->width - TREND_AT - 1, GOOD, m->history[i], m->histories);
    }
}

static order compared_by;

static double weight(const tag *t)
{
    if (compared_by == BY_FRAME)
        return t->per_frame;
    if (compared_by == BY_BUDGET)
        return t->limits.set && limit_of(&t->limits) > 0 ? t->limits.used / limit_of(&t->limits) : -1;
    return t->live + t->per_frame;
}

static int compare_tags(const void *left, const void *right)
{
    const tag *l = *(const tag *const *)left;
    const tag *r = *(const tag *const *)right;
    double difference = compared_by == BY_NAME ? 0 : weight(r) - weight(l);
    return difference != 0 ? (difference > 0 ? 1 : -1) : strcmp(l->path, r->path);
}

/* Sorted copies of the addresses; the caller frees them. */
static const tag **sorted_tags(const view *v, const model *m)
{
    const tag **tags = malloc((m->tag_count + 1) * sizeof *tags);
    if (tags == NULL)
        return NULL;
    for (size_t i = 0; i < m->tag_count; i++)
        tags[i] = &m->tags[i];
    compared_by = v->sort;
    qsort(tags, m->tag_count, sizeof *tags, compare_tags);
    return tags;
}

/* In order of names, nested tags are set in below the one they are nested in. */
static void draw_tag_name(canvas *c, const view *v, int row, int width, const tag *t)
{
    const char *name = t->path;
    int indent = 0;
    for (const char *next = v->sort == BY_NAME ? strstr(name, "::") : NULL; next != NULL; next = strstr(name, "::")) {
        name = next + 2;
        indent += 2;
    }
    indent = indent < width - 6 ? indent : width - 6;
    canvas_text(c, row, 1 + indent, width - indent, BOLD, name);
}

enum { TAG_FIGURES = 59, TAG_NAME_LEAST = 20, TREND_WIDTH = 10 };

/* Where there is no room for all, the name comes first and the trend stays out. */
static int tag_name_width(const canvas *c)
{
    return c->width < TAG_FIGURES + TAG_NAME_LEAST ? TAG_NAME_LEAST : c->width - TAG_FIGURES;
}

static bool has_tag_trend(const canvas *c)
{
    return c->width >= TAG_FIGURES + TAG_NAME_LEAST;
}

static void draw_tag(canvas *c, const view *v, int row, const tag *t)
{
    int name = tag_name_width(c);
    draw_tag_name(c, v, row, name, t);
    canvas_right(c, row, name + 1, 9, PLAIN, bytes(t->live).text);
    canvas_right(c, row, name + 11, 9, PLAIN, bytes(t->per_frame).text);
    (void)draw_budget(c, row, name + 22, 7, &t->limits);
    if (has_tag_trend(c))
        canvas_trend(c, row, c->width - TREND_WIDTH - 1, TREND_WIDTH, GOOD, t->trend, t->trends);
}

static void head_of_tags(canvas *c, int row)
{
    int name = tag_name_width(c);
    canvas_right(c, row, name + 1, 9, DIM, "LIVE");
    canvas_right(c, row, name + 11, 9, DIM, "A FRAME");
    canvas_text(c, row, name + 22, 20, DIM, "BUDGET");
    if (has_tag_trend(c))
        canvas_text(c, row, c->width - TREND_WIDTH - 1, TREND_WIDTH, DIM, "TREND");
}

static const budget *tighter(const lane *l)
{
    if (!l->frames.set || limit_of(&l->frames) <= 0)
        return &l->pools;
    if (!l->pools.set || limit_of(&l->pools) <= 0)
        return &l->frames;
    return l->frames.used / limit_of(&l->frames) > l->pools.used / limit_of(&l->pools) ? &l->frames : &l->pools;
}

static void draw_lane(canvas *c, int row, const lane *l)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s%.100s", l->bound ? "" : "(idle) ", l->name);
    canvas_text(c, row, 1, 14, l->bound ? BOLD : DIM, name);
    canvas_right(c, row, 16, 8, PLAIN, count(l->frame).text);
    canvas_right(c, row, 25, 9, PLAIN, bytes(l->last_frame).text);
    for (int i = 1; i < INTENTS; i++)
        canvas_right(c, row, 25 + 10 * i, 9, PLAIN, bytes(l->live[i]).text);
    (void)draw_budget(c, row, 66, 4, tighter(l));
}

static void head_of_lanes(canvas *c, int row)
{
    static const char *const heads[] = {"A FRAME", "POOL", "HEAP", "SCRATCH"};
    canvas_right(c, row, 16, 8, DIM, "FRAMES");
    for (int i = 0; i < 4; i++)
        canvas_right(c, row, 25 + 10 * i, 9, DIM, heads[i]);
    canvas_text(c, row, 66, c->width - 67, DIM, "BUDGET");
}

static void draw_report(canvas *c, int row, const report *r)
{
    style s = strcmp(r->severity, "error") == 0 ? BAD : strcmp(r->severity, "warning") == 0 ? WARN : PLAIN;
    char text[600];
    (void)snprintf(text, sizeof text, "%.200s%s%.300s", r->message, r->note[0] != '\0' ? ": " : "", r->note);
    canvas_text(c, row, 1, 6, s, r->code);
    canvas_text(c, row, 7, 8, s, r->severity);
    char times[32];
    (void)snprintf(times, sizeof times, "x%.20s", count(r->occurrences).text);
    canvas_right(c, row, 14, 7, PLAIN, times);
    canvas_text(c, row, 22, c->width - 23, PLAIN, text);
}

static size_t length_of(const model *m, panel p)
{
    return p == TAGS ? m->tag_count : p == LANES ? m->lane_count : m->report_count;
}

static void head_of(canvas *c, const view *v, const model *m, panel p, int row, int shown)
{
    static const char *const names[PANELS] = {"TAGS", "LANES", "REPORTS"};
    char text[96];
    double total = (double)length_of(m, p) + (p == TAGS ? m->tags_left_out : p == LANES ? m->lanes_left_out : 0);
    if (p == TAGS)
        head_of_tags(c, row);
    else if (p == LANES)
        head_of_lanes(c, row);
    int behind = (int)length_of(m, p) - v->scroll[p] - shown;
    (void)snprintf(text, sizeof text, behind > 0 || v->scroll[p] > 0 ? "%s %d-%d/%.0f" : "%s", names[p],
                   v->scroll[p] + 1, v->scroll[p] + shown, total);
    canvas_text(c, row, 1, 20, v->keys && v->selected == p ? SELECTED : DIM, text);
}

static void draw_line(canvas *c, const view *v, const model *m, const tag *const *tags, panel p, int row, size_t at)
{
    if (p == TAGS)
        draw_tag(c, v, row, tags[at]);
    else if (p == LANES)
        draw_lane(c, row, &m->lanes[at]);
    else
        draw_report(c, row, &m->reports[at]);
}

/* Corrects how far the panel is scrolled. Returns the row behind it. */
static int draw_panel(canvas *c, view *v, const model *m, const tag *const *tags, panel p, int row, int rows)
{
    int length = (int)length_of(m, p);
    int most = length > rows ? length - rows : 0;
    v->scroll[p] = v->scroll[p] > most ? most : v->scroll[p] < 0 ? 0 : v->scroll[p];
    int shown = length - v->scroll[p] < rows ? length - v->scroll[p] : rows;
    head_of(c, v, m, p, row, shown);
    for (int i = 0; i < shown; i++)
        draw_line(c, v, m, tags, p, row + 1 + i, (size_t)(v->scroll[p] + i));
    if (length == 0)
        canvas_text(c, row + 1, 1, 30, DIM, "none");
    return row + 1 + rows;
}

/* Each panel gets a few rows, the selected one what it needs of the rest, and then the others in turn. */
static void share_rows(const view *v, const model *m, int available, int rows[PANELS])
{
    int left = available - PANELS;
    for (int p = 0; p < PANELS; p++) {
        rows[p] = left < LEAST_ROWS ? (left > 0 ? left : 0) : LEAST_ROWS;
        left -= rows[p];
    }
    for (int turn = 0; turn < PANELS && left > 0; turn++) {
        int p = ((int)v->selected + turn) % PANELS;
        int wanted = (int)length_of(m, (panel)p) - rows[p];
        int given = wanted < 0 ? 0 : wanted < left ? wanted : left;
        rows[p] += given;
        left -= given;
    }
}

static void draw_panels(canvas *c, view *v, const model *m)
{
    const tag **tags = sorted_tags(v, m);
    int rows[PANELS];
    share_rows(v, m, c->height - HEAD_ROWS - (v->keys ? 1 : 0), rows);
    int row = HEAD_ROWS;
    for (int p = 0; p < PANELS && tags != NULL; p++)
        row = draw_panel(c, v, m, tags, (panel)p, row, rows[p]);
    free(tags);
}

static void draw_keys(canvas *c, const view *v)
{
    char text[256];
    canvas_style_row(c, c->height - 1, TITLE);
    if (v->notice[0] != '\0')
        (void)snprintf(text, sizeof text, " %s", v->notice);
    else
        (void)snprintf(text, sizeof text, " q quit  s sort: %s  p %s  r request  Tab panel  %s scroll%s  ? help",
                       order_names[v->sort], v->paused ? "go on" : "pause",
                       c->unicode ? "\xe2\x86\x91\xe2\x86\x93" : "j/k", v->series_count > 1 ? "  n next" : "");
    canvas_text(c, c->height - 1, 0, c->width, TITLE, text);
}

static void draw_help(canvas *c)
{
    static const char *const lines[] = {
        "q           quit",
        "s           sort tags by bytes, by bytes in a frame, by budget, by name",
        "p, space    pause, go on",
        "r           ask the program for a snapshot now",
        "n           the next program or allocator in the folder",
        "Tab         choose tags, lanes or reports",
        "up, down    scroll; page up, page down, home, end; j, k",
        "?, h        this help",
        "",
        "LIVE of a tag counts those nested in it, A FRAME is its own frame memory.",
        "Bars are red at a hard limit, yellow above a soft one or 90%.",
    };
    canvas_text(c, 1, 1, c->width - 2, BOLD, "framealloc-top: where the memory of a program is");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        canvas_text(c, 3 + (int)i, 3, c->width - 4, PLAIN, lines[i]);
}

static void draw_nothing(canvas *c, const view *v)
{
    char text[600];
    canvas_text(c, 1, 1, c->width - 2, BOLD, "no snapshots so far");
    (void)snprintf(text, sizeof text, "in %.500s", v->folder);
    canvas_text(c, 2, 1, c->width - 2, PLAIN, text);
    canvas_text(c, 4, 1, c->width - 2, PLAIN, "Start a program with FRAMEALLOC_SNAPSHOTS set to this folder,");
    canvas_text(c, 5, 1, c->width - 2, PLAIN, "or have it call fa_snapshot_configure().");
}

int view_height(const model *m)
{
    int height = HEAD_ROWS;
    for (int p = 0; p < PANELS; p++) {
        int length = (int)length_of(m, (panel)p);
        height += 1 + (length > LEAST_ROWS ? length : LEAST_ROWS);
    }
    return height;
}

void view_draw(canvas *c, view *v, const model *m)
{
    if (v->help) {
        draw_help(c);
    } else if (m->loaded == 0) {
        draw_nothing(c, v);
    } else {
        draw_title(c, v, m);
        draw_totals(c, m);
        draw_intents(c, m);
        draw_panels(c, v, m);
    }
    if (v->keys)
        draw_keys(c, v);
}
