/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "terminal.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t told_to_end;

static void end(int number)
{
    (void)number;
    told_to_end = 1;
}

static int attributes[STYLES];

static void prepare_styles(void)
{
    bool colours = has_colors() && start_color() == OK && use_default_colors() == OK;
    if (colours) {
        (void)init_pair(1, COLOR_GREEN, -1);
        (void)init_pair(2, COLOR_YELLOW, -1);
        (void)init_pair(3, COLOR_RED, -1);
    }
    attributes[BOLD] = A_BOLD;
    attributes[DIM] = A_DIM;
    attributes[TITLE] = A_REVERSE;
    attributes[SELECTED] = A_REVERSE | A_BOLD;
    attributes[GOOD] = colours ? COLOR_PAIR(1) : A_NORMAL;
    attributes[WARN] = colours ? COLOR_PAIR(2) | A_BOLD : A_BOLD;
    attributes[BAD] = colours ? COLOR_PAIR(3) | A_BOLD : A_BOLD | A_UNDERLINE;
}

static void show_canvas(const canvas *c)
{
    for (int row = 0; row < c->height; row++) {
        for (int column = 0; column < c->width; column++) {
            const cell *at = &c->cells[row * c->width + column];
            if (at->character == 0)
                continue;
            const wchar_t text[2] = {at->character, 0};
            (void)attrset(attributes[at->style]);
            (void)mvaddnwstr(row, column, text, 1);
        }
    }
    (void)refresh();
}

static void draw(watcher *w)
{
    int height;
    int width;
    getmaxyx(stdscr, height, width);
    (void)erase();
    canvas_resize(&w->canvas, width, height);
    if (width < 40 || height < 10)
        canvas_text(&w->canvas, 0, 0, width, PLAIN, "too small: 40 x 10 are needed");
    else
        view_draw(&w->canvas, &w->view, &w->model);
    show_canvas(&w->canvas);
}

static void scroll_by(view *v, int rows)
{
    v->scroll[v->selected] += rows;
}

/* False to quit. */
static bool obey(watcher *w, int key)
{
    enum { PAGE = 5, FAR = 1 << 20 };
    view *v = &w->view;
    switch (key) {
    case 'q': case 'Q': return false;
    case 's': v->sort = (v->sort + 1) % ORDERS; break;
    case 'p': case ' ': v->paused = !v->paused; break;
    case 'r': watcher_request(w); break;
    case 'n': watcher_next(w); break;
    case '\t': v->selected = (v->selected + 1) % PANELS; break;
    case KEY_BTAB: v->selected = (v->selected + PANELS - 1) % PANELS; break;
    case KEY_DOWN: case 'j': scroll_by(v, 1); break;
    case KEY_UP: case 'k': scroll_by(v, -1); break;
    case KEY_NPAGE: scroll_by(v, PAGE); break;
    case KEY_PPAGE: scroll_by(v, -PAGE); break;
    case KEY_HOME: scroll_by(v, -FAR); break;
    case KEY_END: scroll_by(v, FAR); break;
    case '?': case 'h': v->help = !v->help; break;
    default: break;
    }
    return true;
}

int terminal_run(watcher *w, int milliseconds)
{
    struct sigaction action = {.sa_handler = end};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)initscr();
    (void)cbreak();
    (void)noecho();
    (void)keypad(stdscr, TRUE);
    (void)curs_set(0);
    prepare_styles();
    timeout(milliseconds);
    w->view.keys = true;
    int error = 0;
    for (bool goes_on = true; goes_on && !told_to_end && error == 0;) {
        error = watcher_look(w) ? 0 : errno;
        draw(w);
        goes_on = obey(w, getch());
    }
    (void)endwin();
    if (error != 0)
        (void)fprintf(stderr, "framealloc-top: %s: %s\n", w->folder, strerror(error));
    return error != 0;
}
