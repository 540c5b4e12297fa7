/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* framealloc-top: where the memory of a running program is, from the snapshots that it writes. */
#include "terminal.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 80, WIDEST = 500 };
enum { OPTION_ONCE = 256, OPTION_ASCII, OPTION_REQUEST_FILE, OPTION_WIDTH, OPTION_VERSION };

typedef struct choices {
    bool once;
    bool ascii;
    int milliseconds;
    int width;
} choices;

static const char usage[] =
    "usage: framealloc-top [OPTION]... [FOLDER]\n"
    "Shows where the memory of a program is, from the snapshots that it writes to FOLDER\n"
    "($FRAMEALLOC_SNAPSHOTS if there is none).\n\n"
    "  -p, --pid=PID            of this process only\n"
    "  -a, --allocator=NUMBER   of this allocator only\n"
    "  -i, --interval=MS        look for news every so many milliseconds, 50 to 60000 (250)\n"
    "      --once               print what there is and end\n"
    "      --width=COLUMNS      of what --once prints, 60 to 500 (80)\n"
    "      --ascii              draw with ASCII only\n"
    "      --request-file=NAME  as the program calls it (snapshot.request)\n"
    "  -h, --help               this text\n"
    "      --version            the version\n\n"
    "Keys: q quit, s sort, p pause, r request a snapshot, Tab panel, arrows scroll, ? help.\n";

static int fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "framealloc-top: %s: %s\n", what, why);
    return 2;
}

/* False if the text is no number from least to most. */
static bool read_number(const char *text, unsigned long long least, unsigned long long most, unsigned long long *out)
{
    char *rest;
    errno = 0;
    *out = strtoull(text, &rest, 10);
    return errno == 0 && rest != text && *rest == '\0' && text[0] != '-' && *out >= least && *out <= most;
}

/* 0, or the exit status plus 1. */
static int take_option(int option, watcher *w, choices *chosen)
{
    unsigned long long value = 0;
    bool good = true;
    switch (option) {
    case 'p': good = read_number(optarg, 1, INT32_MAX, &w->pid); break;
    case 'a': good = read_number(optarg, 1, UINT64_MAX, &w->allocator); break;
    case 'i': good = read_number(optarg, 50, 60000, &value), chosen->milliseconds = (int)value; break;
    case OPTION_WIDTH: good = read_number(optarg, 60, WIDEST, &value), chosen->width = (int)value; break;
    case OPTION_ONCE: chosen->once = true; break;
    case OPTION_ASCII: chosen->ascii = true; break;
    case OPTION_REQUEST_FILE: w->request_file = optarg; break;
    case 'h': (void)fputs(usage, stdout); return 1;
    case OPTION_VERSION: (void)puts("framealloc-top " VERSION); return 1;
    default: (void)fputs("Try framealloc-top --help\n", stderr); return 3;
    }
    return good ? 0 : 1 + fail(optarg, "no number that the option takes");
}

static int take_options(int count, char **arguments, watcher *w, choices *chosen)
{
    static const struct option options[] = {
        {"pid", required_argument, NULL, 'p'},
        {"allocator", required_argument, NULL, 'a'},
        {"interval", required_argument, NULL, 'i'},
        {"once", no_argument, NULL, OPTION_ONCE},
        {"width", required_argument, NULL, OPTION_WIDTH},
        {"ascii", no_argument, NULL, OPTION_ASCII},
        {"request-file", required_argument, NULL, OPTION_REQUEST_FILE},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPTION_VERSION},
        {NULL, 0, NULL, 0},
    };
    int ended = 0;
    for (int option; ended == 0 && (option = getopt_long(count, arguments, "p:a:i:h", options, NULL)) != -1;)
        ended = take_option(option, w, chosen);
    if (ended != 0)
        return ended;
    w->folder = optind < count ? arguments[optind] : getenv("FRAMEALLOC_SNAPSHOTS");
    if (optind + 1 < count)
        return 1 + fail(arguments[optind + 1], "one folder is enough");
    if (w->folder == NULL || w->folder[0] == '\0')
        return 1 + fail("which folder", "name it, or set FRAMEALLOC_SNAPSHOTS");
    return strchr(w->request_file, '/') != NULL ? 1 + fail(w->request_file, "a file in the folder has no slash") : 0;
}

static int print_once(watcher *w, int width)
{
    if (!watcher_look(w))
        return fail(w->folder, strerror(errno));
    if (w->model.loaded == 0)
        return fail(w->folder, w->view.notice[0] != '\0' ? w->view.notice : "no snapshots there");
    canvas_resize(&w->canvas, width, view_height(&w->model));
    view_draw(&w->canvas, &w->view, &w->model);
    canvas_print(&w->canvas, stdout);
    return fflush(stdout) != 0;
}

int main(int count, char **arguments)
{
    (void)setlocale(LC_ALL, "");
    watcher w = {.request_file = "snapshot.request"};
    choices chosen = {.milliseconds = 250, .width = DEFAULT_WIDTH};
    int ended = take_options(count, arguments, &w, &chosen);
    if (ended != 0)
        return ended - 1;
    w.view.folder = w.folder;
    w.canvas.unicode = !chosen.ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    int status;
    if (chosen.once)
        status = print_once(&w, chosen.width);
    else if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        status = fail("this is no terminal", "use --once");
    else
        status = access(w.folder, R_OK) != 0 ? fail(w.folder, strerror(errno)) : terminal_run(&w, chosen.milliseconds);
    watcher_free(&w);
    return status;
}
