/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory in use at the end of each frame, as stacked areas by intent. */
#include "message.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAGE_WIDTH 960
#define PLOT_LEFT 96
#define PLOT_WIDTH 816
#define PLOT_HEIGHT 220
#define PANEL_HEIGHT 316
#define PANEL_HEADING 40
#define HEADER_HEIGHT 84

/* Points that a line of the plot has at most; of the frames between two points the fullest is drawn. */
#define POINTS_MAX 816

enum intent { INTENT_HEAP, INTENT_POOL, INTENT_AHEAD, INTENT_FRAME, INTENTS };

/* Long-lived at the bottom, so that what changes each frame has a calm ground. */
static const struct {
    const char *label;
    const char *fill;
} intents[INTENTS] = {
    {"heap, until released", "#33557a"},
    {"pool, until released", "#7ba3c8"},
    {"in flight, until a coming frame ends", "#f2c14e"},
    {"frame, until it ends", "#e4572e"},
};

/* One plot: the frames of a trace and which intents are stacked in it. */
struct panel {
    const struct comparison *comparison;
    const char *heading;
    enum intent lowest;
    uint32_t frames;
    double y_top;   /* Of the page. */
    double highest; /* Bytes at the upper edge, a multiple of step. */
    double step;    /* Bytes between two lines of the grid. */
};

static double intent_bytes(const struct memory_sample *sample, enum intent intent)
{
    const uint64_t bytes[INTENTS] = {sample->heap, sample->pool, sample->ahead, sample->frame};
    return (double)bytes[intent];
}

/* Bytes up to and including an intent, from the lowest one shown. */
static double stacked(const struct panel *panel, uint32_t frame, enum intent upto)
{
    double sum = 0;
    for (enum intent i = panel->lowest; i <= upto; i++)
        sum += intent_bytes(&panel->comparison->samples[frame], i);
    return sum;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double peak(const struct panel *panel)
{
    double most = 0;
    for (uint32_t frame = 0; frame < panel->frames; frame++)
        most = larger(most, stacked(panel, frame, INTENT_FRAME));
    return most;
}

/* 1, 2 or 5 times a power of ten (or of 2 below 1) that divides `range` into three to seven parts. */
static double round_step(double range)
{
    double power = 1;
    while (power * 10 <= range / 5)
        power *= 10;
    while (power > range / 3)
        power /= 2;
    double digit = range / 5 / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static double unit_of(double bytes)
{
    return bytes >= (double)(1 << 20) ? 1 << 20 : bytes >= 1 << 10 ? 1 << 10 : 1;
}

static const char *unit_name(double unit)
{
    return unit >= (double)(1 << 20) ? "MiB" : unit >= 1 << 10 ? "KiB" : "bytes";
}

static void scale(struct panel *panel)
{
    double most = larger(peak(panel) * 1.04, 1);
    double unit = unit_of(most);
    panel->step = round_step(most / unit) * unit;
    panel->highest = panel->step * (double)(uint64_t)(most / panel->step + 1);
}

/* Frame 1 is the first after loading. */
static double x_of(const struct panel *panel, double frame)
{
    return PLOT_LEFT + (frame - 1) / larger(panel->frames - 1.0, 1) * PLOT_WIDTH;
}

static double y_of(const struct panel *panel, double bytes)
{
    return panel->y_top + PLOT_HEIGHT * (1 - bytes / panel->highest);
}

static void write_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&')
            fputs("&amp;", file);
        else if (*text == '<')
            fputs("&lt;", file);
        else if (*text == '>')
            fputs("&gt;", file);
        else
            fputc((unsigned char)*text < ' ' ? '?' : *text, file);
    }
}

static void draw_grid(FILE *file, const struct panel *panel)
{
    double unit = unit_of(panel->highest);
    for (double bytes = 0; bytes <= panel->highest * 1.0001; bytes += panel->step) {
        double y = y_of(panel, bytes);
        fprintf(file, "<line class='grid' x1='%d' y1='%.1f' x2='%d' y2='%.1f'/>\n", PLOT_LEFT, y,
                PLOT_LEFT + PLOT_WIDTH, y);
        fprintf(file, "<text class='tick' x='%d' y='%.1f' text-anchor='end'>%g</text>\n", PLOT_LEFT - 10, y + 4,
                bytes / unit);
    }
    fprintf(file,
            "<text class='unit' transform='translate(%d %.1f) rotate(-90)' text-anchor='middle'>%s in use</text>\n",
            PLOT_LEFT - 62, panel->y_top + PLOT_HEIGHT / 2.0, unit_name(unit));
}

static void draw_frame_axis(FILE *file, const struct panel *panel)
{
    double base = panel->y_top + PLOT_HEIGHT;
    double step = larger(round_step(panel->frames), 1);
    for (double frame = step; frame <= panel->frames; frame += step)
        fprintf(file,
                "<line class='axis' x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f'/>"
                "<text class='tick' x='%.1f' y='%.1f' text-anchor='middle'>%.0f</text>\n",
                x_of(panel, frame), base, x_of(panel, frame), base + 5, x_of(panel, frame), base + 19, frame);
    fprintf(file, "<line class='axis' x1='%d' y1='%.1f' x2='%d' y2='%.1f'/>\n", PLOT_LEFT, base,
            PLOT_LEFT + PLOT_WIDTH, base);
    fprintf(file, "<text class='unit' x='%d' y='%.1f' text-anchor='middle'>frame</text>\n",
            PLOT_LEFT + PLOT_WIDTH / 2, base + 37);
}

/* Of the frames from `from` on, the one with the most memory in use. */
static uint32_t fullest(const struct panel *panel, uint32_t from, uint32_t stride)
{
    uint32_t best = from;
    for (uint32_t frame = from; frame < panel->frames && frame < from + stride; frame++)
        if (stacked(panel, frame, INTENT_FRAME) > stacked(panel, best, INTENT_FRAME))
            best = frame;
    return best;
}

/* From the top of the stack down to the ground: what lies lower is drawn over it later. */
static void draw_area(FILE *file, const struct panel *panel, enum intent intent)
{
    uint32_t stride = (panel->frames + POINTS_MAX - 1) / POINTS_MAX;
    fprintf(file, "<path fill='%s' d='M%.1f %.1f", intents[intent].fill, x_of(panel, 1), y_of(panel, 0));
    for (uint32_t from = 0; from < panel->frames; from += stride)
        fprintf(file, "L%.1f %.2f", x_of(panel, from + 1.0),
                y_of(panel, stacked(panel, fullest(panel, from, stride), intent)));
    fprintf(file, "V%.2fH%d", y_of(panel, stacked(panel, panel->frames - 1, intent)), PLOT_LEFT + PLOT_WIDTH);
    fprintf(file, "V%.1fZ'/>\n", y_of(panel, 0));
}

static void draw_panel(FILE *file, struct panel *panel)
{
    scale(panel);
    fprintf(file, "<text class='heading' x='%d' y='%.1f'>", PLOT_LEFT, panel->y_top - 14);
    write_text(file, panel->comparison->trace);
    fprintf(file, "<tspan class='sub' dx='8'>%s</tspan></text>\n", panel->heading);
    draw_grid(file, panel);
    for (enum intent i = INTENTS; i-- > panel->lowest;)
        draw_area(file, panel, i);
    draw_frame_axis(file, panel);
}

static void draw_header(FILE *file, double height)
{
    fprintf(file,
            "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%.0f' viewBox='0 0 %d %.0f'>\n"
            "<title>Memory per frame by intent</title>\n"
            "<style>text{font-family:'DejaVu Sans','Helvetica Neue',Arial,sans-serif;fill:#26323d}"
            ".title{font-size:19px;font-weight:bold}.heading{font-size:14px;font-weight:bold}"
            ".sub{font-size:12px;font-weight:normal;fill:#5d6b78}.tick,.unit,.legend{font-size:12px;fill:#45525e}"
            ".grid{stroke:#e3e7eb;stroke-width:1}.axis{stroke:#8a96a1;stroke-width:1}</style>\n"
            "<rect width='100%%' height='100%%' fill='#ffffff'/>\n"
            "<text class='title' x='%d' y='36'>Memory in use at the end of each frame, by intent</text>\n",
            PAGE_WIDTH, height, PAGE_WIDTH, height, PLOT_LEFT);
}

static void draw_legend(FILE *file)
{
    int x = PLOT_LEFT;
    for (enum intent i = INTENTS; i-- > 0;) {
        fprintf(file, "<rect x='%d' y='53' width='12' height='12' rx='2' fill='%s'/>", x, intents[i].fill);
        fprintf(file, "<text class='legend' x='%d' y='63'>%s</text>\n", x + 18, intents[i].label);
        x += i == INTENT_AHEAD ? 274 : 184;
    }
}

static struct panel everything(const struct comparison *comparison, double y)
{
    struct panel panel = {.comparison = comparison, .heading = "all intents", .frames = comparison->frames - 1};
    panel.y_top = y + PANEL_HEADING;
    return panel;
}

static struct panel frames_alone(const struct comparison *comparison, double y)
{
    struct panel panel = everything(comparison, y);
    panel.heading = "frame and in flight, drawn larger";
    panel.lowest = INTENT_AHEAD;
    return panel;
}

/* A second plot, where the long-lived blocks would leave the frames a thin line. */
static bool needs_two_panels(const struct comparison *comparison)
{
    struct panel all = everything(comparison, 0);
    struct panel alone = frames_alone(comparison, 0);
    return peak(&all) > 3 * peak(&alone);
}

/* Returns where the next one goes. */
static double draw_comparison(FILE *file, const struct comparison *comparison, double y)
{
    struct panel all = everything(comparison, y);
    draw_panel(file, &all);
    if (!needs_two_panels(comparison))
        return y + PANEL_HEIGHT;
    struct panel alone = frames_alone(comparison, y + PANEL_HEIGHT);
    draw_panel(file, &alone);
    return y + 2 * PANEL_HEIGHT;
}

static double page_height(const struct comparison *comparisons, size_t count)
{
    double height = HEADER_HEIGHT;
    for (size_t i = 0; i < count; i++)
        height += needs_two_panels(&comparisons[i]) ? 2 * PANEL_HEIGHT : PANEL_HEIGHT;
    return height;
}

bool write_svg(const char *path, const struct comparison *comparisons, size_t count)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        complain("%s: cannot be written: %s", path, strerror(errno));
        return false;
    }
    draw_header(file, page_height(comparisons, count));
    draw_legend(file);
    double y = HEADER_HEIGHT;
    for (size_t i = 0; i < count; i++)
        y = draw_comparison(file, &comparisons[i], y);
    fputs("</svg>\n", file);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    if (failed)
        complain("%s: cannot be written", path);
    return !failed;
}
