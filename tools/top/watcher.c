/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "watcher.h"

#include <limits.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int wanted_series(const watcher *w, series *out)
{
    int count = folder_series(w->folder, out);
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if ((w->pid == 0 || out[i].pid == w->pid) && (w->allocator == 0 || out[i].allocator == w->allocator))
            out[kept++] = out[i];
    }
    return count < 0 ? -1 : kept;
}

static void show(watcher *w, const series *of)
{
    model_clear(&w->model);
    w->last[0] = '\0';
    w->view.shown = *of;
    w->view.notice[0] = '\0';
    memset(w->view.scroll, 0, sizeof w->view.scroll);
}

/* The newest one; another one later only if the one that is shown has ended. */
static void choose(watcher *w, const series *all, int count)
{
    if (count == 0)
        return;
    bool none = w->view.shown.pid == 0;
    bool newer = !same_series(&all[0], &w->view.shown) && series_lives(&all[0]);
    if (none || (newer && !w->chosen && !w->view.paused && !series_lives(&w->view.shown)))
        show(w, &all[0]);
}

static void take_in_files(watcher *w)
{
    static char files[FILES_MAX][NAME_SIZE];
    int count = folder_files_since(w->folder, &w->view.shown, w->last, files);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        char reason[160] = "its path is too long";
        int length = snprintf(path, sizeof path, "%s/%.*s", w->folder, NAME_SIZE - 1, files[i]);
        if (length > 0 && length < PATH_MAX && model_load(&w->model, path, reason, sizeof reason))
            w->view.notice[0] = '\0';
        else
            (void)snprintf(w->view.notice, sizeof w->view.notice, "%.60s left out: %.100s", files[i], reason);
        memcpy(w->last, files[i], sizeof w->last);
    }
}

bool watcher_look(watcher *w)
{
    series all[SERIES_MAX];
    int count = wanted_series(w, all);
    w->view.now = now();
    if (count < 0)
        return false;
    w->view.series_count = count;
    choose(w, all, count);
    if (!w->view.paused && w->view.shown.pid != 0)
        take_in_files(w);
    w->view.lives = series_lives(&w->view.shown);
    return true;
}

void watcher_next(watcher *w)
{
    series all[SERIES_MAX];
    int count = wanted_series(w, all);
    int at = 0;
    while (at < count && !same_series(&all[at], &w->view.shown))
        at++;
    if (count <= 0)
        return;
    w->chosen = true;
    w->view.paused = false;
    show(w, &all[at < count ? (at + 1) % count : 0]);
}

void watcher_request(watcher *w)
{
    bool nobody = w->view.shown.pid == 0;
    int error = nobody ? 0 : folder_request(w->folder, w->request_file, &w->view.shown);
    const char *done = nobody ? "there is nobody to ask" : "a snapshot is asked for";
    if (error != 0)
        (void)snprintf(w->view.notice, sizeof w->view.notice, "a request could not be written: %s", strerror(error));
    else
        (void)snprintf(w->view.notice, sizeof w->view.notice, "%s", done);
}

void watcher_free(watcher *w)
{
    model_clear(&w->model);
    canvas_free(&w->canvas);
}
