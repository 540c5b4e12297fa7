/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lsp_project.h"
#include "link.h"
#include "lower.h"
#include "lsp_answer.h"
#include "lsp_text.h"
#include "select.h"
#include "work.h"

#include <string.h>
#include <unistd.h>

typedef LIST(struct CXUnsavedFile) unsaved_list;

struct document *find_document(const struct server *server, const char *uri)
{
    for (size_t i = 0; i < server->documents.count; i++)
        if (strcmp(server->documents.items[i]->uri, uri) == 0)
            return server->documents.items[i];
    return NULL;
}

static const struct document *document_at(const struct server *server, const char *path)
{
    for (size_t i = 0; i < server->documents.count; i++)
        if (strcmp(server->documents.items[i]->path, path) == 0)
            return server->documents.items[i];
    return NULL;
}

static const struct unit *unit_of(const struct server *server, const char *path)
{
    for (size_t i = 0; i < server->units.count; i++)
        if (strcmp(server->units.items[i].path, path) == 0)
            return &server->units.items[i];
    return NULL;
}

static size_t common_length(const char *left, const char *right)
{
    size_t length = 0;
    while (left[length] != 0 && left[length] == right[length])
        length++;
    return length;
}

/* A file that no database names, a new one perhaps, is compiled as its nearest neighbour is. */
static const struct unit *neighbour_of(const struct server *server, const char *path)
{
    const struct unit *nearest = unit_of(server, path);
    size_t most = 0;
    if (nearest != NULL)
        return nearest;
    for (size_t i = 0; i < server->units.count; i++) {
        size_t length = common_length(server->units.items[i].path, path);
        if (nearest != NULL && length <= most)
            continue;
        most = length;
        nearest = &server->units.items[i];
    }
    return nearest;
}

static void lower_with_texts(const struct server *server, struct module *module, const char *path,
                             const struct unit *unit)
{
    static const char *const plain[] = {"-DFA_LINT=1", "-Wno-everything"};
    unsaved_list unsaved = {0};
    for (size_t i = 0; i < server->documents.count; i++) {
        const struct document *open = server->documents.items[i];
        LIST_PUSH(&unsaved, (struct CXUnsavedFile){open->path, open->text, strlen(open->text)});
    }
    module_free(module);
    lower_file(module, path, unit != NULL ? (const char *const *)unit->arguments.items : plain,
               unit != NULL ? (int)unit->arguments.count : 2, unsaved.items, (unsigned)unsaved.count);
    LIST_FREE(&unsaved);
}

static bool includes(const struct module *module, const char *path)
{
    for (size_t i = 0; i < module->files.count; i++)
        if (strcmp(text_of(module->files.items[i]), path) == 0)
            return true;
    return false;
}

static void lower_document(const struct server *server, struct document *document)
{
    document->is_lowered = is_source(document->path) || server->units.count == 0;
    if (document->is_lowered)
        lower_with_texts(server, &document->module, document->path, neighbour_of(server, document->path));
}

/* The first of the files that are not open shows what is in a header; the others follow when it is saved. */
static void lower_includers(struct server *server, const struct document *header)
{
    bool shown = false;
    for (size_t i = 0; i < server->documents.count; i++) {
        struct document *other = server->documents.items[i];
        if (other == header || !other->is_lowered || !includes(&other->module, header->path))
            continue;
        lower_document(server, other);
        shown = true;
    }
    for (size_t i = 0; i < server->units.count && !shown; i++) {
        shown = includes(&server->modules[i], header->path);
        if (shown)
            lower_with_texts(server, &server->modules[i], server->units.items[i].path, &server->units.items[i]);
    }
}

static void tell(const char *message)
{
    if (message != NULL)
        show_message(message);
}

/* As they are on disk, many at once. */
static struct module *lower_from_disk(const struct server *server, const unit_list *units)
{
    char *cache = server->options->no_cache        ? NULL
                  : server->options->cache != NULL ? copy_text(server->options->cache)
                                                   : default_cache();
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct work work = {
        .cache = cache, .wants_cache = false, .jobs = server->options->jobs > 0 ? server->options->jobs : (int)cores};
    struct module *modules = lower_units(&work, units);
    release(cache);
    return modules;
}

static void read_settings(struct server *server)
{
    const char *path = server->options->config != NULL ? server->options->config : ".fa.toml";
    char *message = NULL;
    config_default(&server->config);
    bool there = server->options->config != NULL || access(path, F_OK) == 0;
    if (there && !config_read(&server->config, path, &message)) {
        config_free(&server->config);
        config_default(&server->config);
    }
    tell(message);
    release(message);
}

static void load_project(struct server *server)
{
    char *message = NULL;
    server->loaded = true;
    read_settings(server);
    char *database = server->options->database != NULL ? copy_text(server->options->database) : database_find(".");
    if (database != NULL && !database_read(&server->units, database, &message))
        tell(message);
    release(message);
    release(database);
    server->modules = lower_from_disk(server, &server->units);
}

void open_document(struct server *server, const char *uri, const char *text)
{
    struct document *document = find_document(server, uri);
    char *path = path_of_uri(uri);
    if (!server->loaded)
        load_project(server);
    if (path == NULL || text == NULL) {
        release(path);
        return;
    }
    if (document == NULL) {
        char *real = real_path(path);
        document = take(sizeof *document);
        document->uri = copy_text(uri);
        document->path = real != NULL ? real : copy_text(path);
        LIST_PUSH(&server->documents, document);
    }
    release(path);
    release(document->text);
    document->text = copy_text(text);
    lower_document(server, document);
    lower_includers(server, document);
    server->stale = true;
}

static void free_document(struct document *document)
{
    module_free(&document->module);
    free_findings(&document->findings);
    release(document->published);
    release(document->uri);
    release(document->path);
    release(document->text);
    release(document);
}

static void lower_units_with(struct server *server, const char *path)
{
    unit_list units = {0};
    LIST(size_t) numbers = {0};
    for (size_t i = 0; i < server->units.count; i++) {
        if (strcmp(server->units.items[i].path, path) != 0 && !includes(&server->modules[i], path))
            continue;
        LIST_PUSH(&units, server->units.items[i]);
        LIST_PUSH(&numbers, i);
    }
    struct module *modules = lower_from_disk(server, &units);
    for (size_t i = 0; i < units.count; i++) {
        module_free(&server->modules[numbers.items[i]]);
        server->modules[numbers.items[i]] = modules[i];
    }
    release(modules);
    LIST_FREE(&units);
    LIST_FREE(&numbers);
}

/* What is on disk counts again, except for what is open. */
static void forget_text(struct server *server, const char *path)
{
    lower_units_with(server, path);
    for (size_t i = 0; i < server->documents.count; i++) {
        struct document *open = server->documents.items[i];
        if (!open->is_lowered)
            lower_includers(server, open);
        else if (includes(&open->module, path) && strcmp(open->path, path) != 0)
            lower_document(server, open);
    }
    server->stale = true;
}

void close_document(struct server *server, const char *uri)
{
    for (size_t i = 0; i < server->documents.count; i++) {
        struct document *document = server->documents.items[i];
        if (strcmp(document->uri, uri) != 0)
            continue;
        server->documents.items[i] = server->documents.items[--server->documents.count];
        publish_nothing(uri);
        forget_text(server, document->path);
        free_document(document);
        return;
    }
}

void file_changed(struct server *server, const char *uri)
{
    char *path = path_of_uri(uri), *real = path != NULL ? real_path(path) : NULL;
    if (server->loaded && path != NULL)
        forget_text(server, real != NULL ? real : path);
    release(real);
    release(path);
}

/* The text of the editor stands for the file on disk; everything else is as it was built last. */
static void analyse_all(struct server *server, struct program *program)
{
    LIST(struct module) modules = {0};
    for (size_t i = 0; i < server->documents.count; i++)
        if (server->documents.items[i]->is_lowered)
            LIST_PUSH(&modules, server->documents.items[i]->module);
    for (size_t i = 0; i < server->units.count; i++) {
        const struct document *open = document_at(server, server->units.items[i].path);
        if (open == NULL || !open->is_lowered)
            LIST_PUSH(&modules, server->modules[i]);
    }
    analyse_modules(program, modules.items, modules.count);
    LIST_FREE(&modules);
}

static void keep_findings(struct document *document, finding_list *findings)
{
    free_findings(&document->findings);
    int32_t path = intern(document->path);
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].at.file != path)
            continue;
        LIST_PUSH(&document->findings, findings->items[i]);
        memset(&findings->items[i].notes, 0, sizeof findings->items[i].notes);
    }
}

static void leave_out_baseline(struct server *server, finding_list *findings)
{
    const char *path = server->options->baseline != NULL ? server->options->baseline : server->config.baseline;
    char *message = NULL;
    if (path == NULL)
        return;
    for (size_t i = 0; i < server->documents.count; i++)
        let_stand_in(intern(server->documents.items[i]->path), server->documents.items[i]->text);
    if (!baseline_apply(findings, path, &message) && !server->complained)
        tell(message);
    server->complained |= message != NULL;
    release(message);
    forget_texts();
}

void refresh(struct server *server)
{
    struct program program = {.config = &server->config};
    if (!server->stale)
        return;
    server->stale = false;
    analyse_all(server, &program);
    select_findings(&program, server->options, &server->config);
    leave_out_baseline(server, &program.findings);
    for (size_t i = 0; i < server->documents.count; i++) {
        keep_findings(server->documents.items[i], &program.findings);
        publish(server->documents.items[i]);
    }
    program_free(&program);
}

void free_server(struct server *server)
{
    for (size_t i = 0; i < server->documents.count; i++)
        free_document(server->documents.items[i]);
    for (size_t i = 0; server->modules != NULL && i < server->units.count; i++)
        module_free(&server->modules[i]);
    LIST_FREE(&server->documents);
    release(server->modules);
    free_units(&server->units);
    config_free(&server->config);
}
