/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "work.h"
#include "lower.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum progress { TO_DO, STARTED, DONE, CRASHED };

struct crew {
    struct work *work;
    const unit_list *units;
    const char *folder;
    volatile unsigned char *progress; /* Shared with the workers. */
};

static uint64_t hash_of_command(const struct unit *unit)
{
    uint64_t hash = hash_text(unit->path, 0);
    for (size_t i = 0; i < unit->arguments.count; i++)
        hash = hash_text(unit->arguments.items[i], hash);
    return hash;
}

static char *module_path(const struct unit *unit, const char *folder)
{
    return format_text("%s/%016llx.fair", folder, (unsigned long long)hash_of_command(unit));
}

/* What another build of this program, or another parser, has made is not believed. */
static uint64_t hash_of_build(void)
{
    static uint64_t hash;
    struct stat own;
    if (hash != 0)
        return hash;
    CXString parser = clang_getClangVersion();
    hash = hash_text(clang_getCString(parser), hash_text(FA_LINT_VERSION, 0));
    clang_disposeString(parser);
    if (stat("/proc/self/exe", &own) == 0) {
        hash = hash_bytes(&own.st_size, sizeof own.st_size, hash);
        hash = hash_bytes(&own.st_mtim, sizeof own.st_mtim, hash);
    }
    return hash;
}

/* What a module was made of: by whom, with which command, and what its files hold. */
static uint64_t key_of(const struct unit *unit, const struct module *module)
{
    uint64_t key = hash_of_command(unit) ^ hash_of_build();
    for (size_t i = 0; i < module->files.count; i++) {
        size_t length = 0;
        char *text = read_file(text_of(module->files.items[i]), &length);
        key = text != NULL ? hash_bytes(text, length, key) : key + 1;
        release(text);
    }
    return key;
}

bool read_cached(struct module *module, const struct unit *unit, const char *cache)
{
    uint64_t key = 0;
    char *path = module_path(unit, cache);
    bool fresh = module_read(module, path, &key);
    release(path);
    if (!fresh)
        return false;
    fresh = module->errors.count == 0 && key == key_of(unit, module);
    if (!fresh)
        module_free(module);
    return fresh;
}

static void lower_unit_to(const struct unit *unit, const char *folder)
{
    struct module module = {0};
    char *path = module_path(unit, folder);
    lower_file(&module, unit->path, (const char *const *)unit->arguments.items, (int)unit->arguments.count, NULL, 0);
    module_write(&module, path, key_of(unit, &module));
    release(path);
}

static void run_worker(const struct crew *crew, int worker, int workers)
{
    for (size_t i = (size_t)worker; i < crew->units->count; i += (size_t)workers) {
        if (crew->progress[i] != TO_DO)
            continue;
        crew->progress[i] = STARTED;
        lower_unit_to(&crew->units->items[i], crew->folder);
        crew->progress[i] = DONE;
    }
}

static volatile sig_atomic_t ended_by;

static void end_by(int number)
{
    ended_by = number;
}

/* Whoever ends the run early does not leave a folder behind. */
static void set_handlers(void (*handler)(int))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signal(signals[i], handler) == SIG_IGN)
            signal(signals[i], SIG_IGN);
}

static size_t count_done(const struct crew *crew)
{
    size_t done = 0;
    for (size_t i = 0; i < crew->units->count; i++)
        done += crew->progress[i] >= DONE;
    return done;
}

static void show_progress(const struct crew *crew, size_t *shown)
{
    size_t done = count_done(crew);
    if (crew->work->progress && done != *shown)
        fprintf(stderr, "\r%zu of %zu files", done, crew->units->count);
    *shown = done;
}

static void kill_all(const pid_t *children, int count)
{
    for (int i = 0; i < count; i++)
        if (children[i] != 0)
            kill(children[i], SIGKILL);
}

static void forget_child(pid_t *children, int count, pid_t child)
{
    for (int i = 0; i < count; i++)
        if (children[i] == child)
            children[i] = 0;
}

static void wait_for_all(const struct crew *crew, pid_t *children, int count)
{
    size_t shown = SIZE_MAX;
    for (int left = count; left > 0;) {
        if (ended_by != 0)
            kill_all(children, count);
        pid_t child = waitpid(-1, NULL, WNOHANG);
        if (child > 0) {
            forget_child(children, count, child);
            left--;
        } else {
            usleep(2000);
        }
        show_progress(crew, &shown);
    }
}

/* A file that ends its worker is named, and the others go on. */
static void run_round(const struct crew *crew)
{
    int started = 0, workers = crew->work->jobs;
    pid_t *children = take((size_t)workers * sizeof *children);
    fflush(NULL);
    for (int i = 0; i < workers; i++) {
        pid_t child = fork();
        if (child == 0) {
            set_handlers(SIG_DFL);
            run_worker(crew, i, workers);
            _exit(0);
        }
        if (child > 0)
            children[started++] = child;
    }
    if (started == 0)
        run_worker(crew, 0, 1);
    wait_for_all(crew, children, started);
    release(children);
    for (size_t i = 0; i < crew->units->count; i++)
        if (crew->progress[i] == STARTED)
            crew->progress[i] = CRASHED;
}

static void add_failure(struct module *module, const struct unit *unit)
{
    char *message = format_text("%s: the parser ended unexpectedly", unit->path);
    LIST_PUSH(&module->errors, intern(message));
    release(message);
}

static void collect(const struct crew *crew, struct module *modules)
{
    for (size_t i = 0; i < crew->units->count; i++) {
        uint64_t key;
        if (modules[i].path != 0)
            continue;
        char *path = module_path(&crew->units->items[i], crew->folder);
        if (crew->progress[i] != DONE || !module_read(&modules[i], path, &key))
            add_failure(&modules[i], &crew->units->items[i]);
        release(path);
    }
}

static void make_folders(const char *path)
{
    char *copy = copy_text(path);
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(copy, 0777);
        *slash = '/';
    }
    mkdir(copy, 0777);
    release(copy);
}

char *default_cache(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/')
        return format_text("%s/fa-lint", cache);
    return home != NULL ? format_text("%s/.cache/fa-lint", home) : NULL;
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *path = format_text("%s/%s", folder, entry->d_name);
        unlink(path);
        release(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

static void reuse(struct crew *crew, struct module *modules)
{
    for (size_t i = 0; crew->work->cache != NULL && i < crew->units->count; i++)
        if (read_cached(&modules[i], &crew->units->items[i], crew->folder)) {
            crew->progress[i] = DONE;
            crew->work->reused++;
        }
}

/* A folder that goes when the work is done stands in for a cache that cannot be written. */
static void choose_folder(struct crew *crew, char *temporary)
{
    struct work *work = crew->work;
    if (work->cache != NULL)
        make_folders(work->cache);
    crew->folder = work->cache;
    if (crew->folder != NULL && access(crew->folder, R_OK | W_OK | X_OK) == 0)
        return;
    if (crew->folder != NULL && work->wants_cache)
        fprintf(stderr, "fa-lint: %s: no cache can be kept here\n", crew->folder);
    work->cache = NULL;
    crew->folder = mkdtemp(temporary);
}

struct module *lower_units(struct work *work, const unit_list *units)
{
    const char *place = getenv("TMPDIR");
    char *temporary = format_text("%s/fa-lint-XXXXXX", place != NULL && place[0] == '/' ? place : "/tmp");
    size_t size = units->count + 1;
    struct module *modules = take(size * sizeof *modules);
    struct crew crew = {work, units, NULL, NULL};
    crew.progress = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    choose_folder(&crew, temporary);
    if (crew.folder == NULL || crew.progress == MAP_FAILED) {
        fputs("fa-lint: there is no folder to work in\n", stderr);
        exit(2);
    }
    reuse(&crew, modules);
    set_handlers(end_by);
    for (int round = 0; round < 64 && ended_by == 0 && count_done(&crew) < units->count; round++)
        run_round(&crew);
    if (work->progress)
        fputs("\r\033[K", stderr);
    collect(&crew, modules);
    munmap((void *)crew.progress, size);
    if (work->cache == NULL)
        remove_folder(crew.folder);
    set_handlers(SIG_DFL);
    if (ended_by != 0)
        raise(ended_by);
    release(temporary);
    return modules;
}
