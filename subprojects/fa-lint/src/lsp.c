/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lsp.h"
#include "codes.h"
#include "link.h"
#include "lower.h"
#include "lsp_text.h"
#include "select.h"
#include "work.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct document {
    char *uri;
    char *path;
    char *text;
    struct module module;
    finding_list findings;
};

struct server {
    const struct options *options;
    struct config config;
    unit_list units;
    struct module *modules;
    LIST(struct document *) documents;
    bool shut_down;
};

static struct document *find_document(struct server *server, const char *uri)
{
    for (size_t i = 0; i < server->documents.count; i++)
        if (strcmp(server->documents.items[i]->uri, uri) == 0)
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

static void lower_document(struct server *server, struct document *document)
{
    const struct unit *unit = unit_of(server, document->path);
    struct CXUnsavedFile unsaved = {document->path, document->text, strlen(document->text)};
    static const char *const plain[] = {"-DFA_LINT=1", "-Wno-everything"};
    module_free(&document->module);
    lower_file(&document->module, document->path, unit != NULL ? (const char *const *)unit->arguments.items : plain,
               unit != NULL ? (int)unit->arguments.count : 2, &unsaved, 1);
}

/* The text of the editor stands for the file on disk; everything else is as it was built last. */
static void analyse_all(struct server *server, struct program *program)
{
    LIST(struct module) modules = {0};
    for (size_t i = 0; i < server->documents.count; i++)
        LIST_PUSH(&modules, server->documents.items[i]->module);
    for (size_t i = 0; i < server->units.count; i++) {
        bool open = false;
        for (size_t k = 0; k < server->documents.count; k++)
            open |= strcmp(server->documents.items[k]->path, server->units.items[i].path) == 0;
        if (!open)
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

static json_t *range_of(const struct document *document, const struct place *at)
{
    return range_json(document->text, at->line, at->column, at->end > at->begin ? at->end - at->begin : 1);
}

static json_t *related_of(const struct document *document, const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->notes.count; i++) {
        const struct note *note = &finding->notes.items[i];
        char *uri = uri_of_path(text_of(note->at.file));
        bool same = strcmp(text_of(note->at.file), document->path) == 0;
        json_t *range = same ? range_of(document, &note->at) : range_json("", note->at.line, 1, 1);
        json_array_append_new(list, json_pack("{s:{s:s, s:o}, s:s}", "location", "uri", uri, "range", range, "message",
                                              text_of(note->text)));
        release(uri);
    }
    return list;
}

static json_t *diagnostic_of(const struct document *document, const struct finding *finding)
{
    static const int severities[] = {4, 2, 1};
    return json_pack("{s:o, s:i, s:s, s:s, s:s, s:o}", "range", range_of(document, &finding->at), "severity",
                     severities[finding->severity], "code", text_of(finding->code), "source", "fa-lint", "message",
                     text_of(finding->message), "relatedInformation", related_of(document, finding));
}

static json_t *compile_errors(const struct document *document)
{
    json_t *list = json_array();
    if (document->module.errors.count != 0)
        json_array_append_new(list, json_pack("{s:o, s:i, s:s, s:s}", "range", range_json(document->text, 1, 1, 1),
                                              "severity", 3, "source", "fa-lint", "message",
                                              text_of(document->module.errors.items[0])));
    return list;
}

static void publish(const struct document *document)
{
    json_t *list = compile_errors(document);
    for (size_t i = 0; i < document->findings.count; i++)
        json_array_append_new(list, diagnostic_of(document, &document->findings.items[i]));
    send_message(json_pack("{s:s, s:s, s:{s:s, s:o}}", "jsonrpc", "2.0", "method", "textDocument/publishDiagnostics",
                           "params", "uri", document->uri, "diagnostics", list));
}

static void analyse_document(struct server *server, struct document *document)
{
    struct program program = {.config = &server->config};
    lower_document(server, document);
    analyse_all(server, &program);
    select_findings(&program, server->options, &server->config);
    keep_findings(document, &program.findings);
    program_free(&program);
    publish(document);
}

static void open_document(struct server *server, const char *uri, const char *text)
{
    char *path = path_of_uri(uri);
    struct document *document = find_document(server, uri);
    if (path == NULL || text == NULL) {
        release(path);
        return;
    }
    if (document == NULL) {
        document = take(sizeof *document);
        document->uri = copy_text(uri);
        document->path = path;
        LIST_PUSH(&server->documents, document);
    } else {
        release(path);
    }
    release(document->text);
    document->text = copy_text(text);
    analyse_document(server, document);
}

static void free_document(struct document *document)
{
    module_free(&document->module);
    free_findings(&document->findings);
    release(document->uri);
    release(document->path);
    release(document->text);
    release(document);
}

static void close_document(struct server *server, const char *uri)
{
    for (size_t i = 0; i < server->documents.count; i++) {
        if (strcmp(server->documents.items[i]->uri, uri) != 0)
            continue;
        free_document(server->documents.items[i]);
        server->documents.items[i] = server->documents.items[--server->documents.count];
        return;
    }
}

static json_t *text_edit(const struct document *document, const struct fix *fix)
{
    size_t end = fix->end + strcspn(document->text + fix->end, ";") + 1;
    return json_pack("{s:o, s:s}", "range", range_of_offsets(document->text, fix->begin, end), "newText", "");
}

static json_t *fix_action(const struct document *document, const struct finding *finding)
{
    return json_pack("{s:s, s:s, s:[o], s:{s:{s:[o]}}}", "title", text_of(finding->fix.title), "kind", "quickfix",
                     "diagnostics", diagnostic_of(document, finding), "edit", "changes", document->uri,
                     text_edit(document, &finding->fix));
}

static json_t *allow_action(const struct document *document, const struct finding *finding)
{
    char *title = format_text("silence %s here", text_of(finding->code));
    char *comment = format_text(" // fa-lint: allow(%s)", text_of(finding->code));
    json_t *place = end_of_line(document->text, finding->at.line);
    json_t *action = json_pack("{s:s, s:s, s:[o], s:{s:{s:[{s:{s:O, s:o}, s:s}]}}}", "title", title, "kind", "quickfix",
                               "diagnostics", diagnostic_of(document, finding), "edit", "changes", document->uri,
                               "range", "start", place, "end", place, "newText", comment);
    release(title);
    release(comment);
    return action;
}

static json_t *code_actions(struct server *server, const json_t *params, const char *uri)
{
    json_t *list = json_array();
    const struct document *document = find_document(server, uri);
    const json_t *range = json_object_get(params, "range");
    json_int_t first = json_integer_value(json_object_get(json_object_get(range, "start"), "line"));
    json_int_t last = json_integer_value(json_object_get(json_object_get(range, "end"), "line"));
    for (size_t i = 0; document != NULL && i < document->findings.count; i++) {
        const struct finding *finding = &document->findings.items[i];
        json_int_t line = (json_int_t)finding->at.line - 1;
        if (line < first || line > last)
            continue;
        if (finding->fix.file != 0)
            json_array_append_new(list, fix_action(document, finding));
        json_array_append_new(list, allow_action(document, finding));
    }
    return list;
}

static json_t *hover(struct server *server, const json_t *params, const char *uri)
{
    const struct document *document = find_document(server, uri);
    json_int_t line = json_integer_value(json_object_get(json_object_get(params, "position"), "line"));
    for (size_t i = 0; document != NULL && i < document->findings.count; i++) {
        const struct finding *finding = &document->findings.items[i];
        if ((json_int_t)finding->at.line - 1 != line)
            continue;
        const struct code *code = code_by_name(text_of(finding->code));
        char *text = format_text("**%s** %s\n\n%s\n\n*help:* %s", code->name, code->title, code->explain, code->help);
        json_t *result = json_pack("{s:{s:s, s:s}}", "contents", "kind", "markdown", "value", text);
        release(text);
        return result;
    }
    return json_null();
}

static json_t *capabilities(void)
{
    return json_pack("{s:{s:{s:b, s:i, s:{s:b}}, s:b, s:b}, s:{s:s, s:s}}", "capabilities", "textDocumentSync",
                     "openClose", 1, "change", 1, "save", "includeText", 0, "hoverProvider", 1, "codeActionProvider", 1,
                     "serverInfo", "name", "fa-lint", "version", FA_LINT_VERSION);
}

static void read_project(struct server *server, const json_t *params)
{
    char *message = NULL;
    const char *uri = json_string_value(json_object_get(params, "rootUri"));
    char *root = uri != NULL ? path_of_uri(uri) : copy_text(".");
    char *settings = format_text("%s/.fa.toml", root);
    config_default(&server->config);
    if (!config_read(&server->config, settings, &message)) {
        config_free(&server->config);
        config_default(&server->config);
    }
    release(message);
    char *database = server->options->database != NULL ? copy_text(server->options->database) : database_find(root);
    if (database != NULL && !database_read(&server->units, database, &message))
        log_message(message);
    struct work work = {.cache = server->options->no_cache ? NULL : server->options->cache, .jobs = 2};
    server->modules = lower_units(&work, &server->units);
    release(database);
    release(settings);
    release(root);
}

static json_t *answer(struct server *server, const char *method, const json_t *params, const char *uri)
{
    if (strcmp(method, "initialize") == 0) {
        read_project(server, params);
        return capabilities();
    }
    if (strcmp(method, "textDocument/hover") == 0)
        return hover(server, params, uri);
    if (strcmp(method, "textDocument/codeAction") == 0)
        return code_actions(server, params, uri);
    server->shut_down |= strcmp(method, "shutdown") == 0;
    return strcmp(method, "shutdown") == 0 ? json_null() : NULL;
}

static void note(struct server *server, const char *method, const json_t *params, const char *uri)
{
    const json_t *document = json_object_get(params, "textDocument");
    if (strcmp(method, "textDocument/didOpen") == 0) {
        open_document(server, uri, json_string_value(json_object_get(document, "text")));
    } else if (strcmp(method, "textDocument/didChange") == 0) {
        const json_t *changes = json_object_get(params, "contentChanges");
        const json_t *last = json_array_get(changes, json_array_size(changes) - 1);
        open_document(server, uri, json_string_value(json_object_get(last, "text")));
    } else if (strcmp(method, "textDocument/didClose") == 0) {
        close_document(server, uri);
    }
}

static void handle(struct server *server, const json_t *message)
{
    const char *method = json_string_value(json_object_get(message, "method"));
    const json_t *params = json_object_get(message, "params");
    json_t *id = json_object_get(message, "id");
    const char *uri = json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
    if (method == NULL)
        return;
    if (id == NULL) {
        note(server, method, params, uri != NULL ? uri : "");
        return;
    }
    json_t *result = answer(server, method, params, uri != NULL ? uri : "");
    if (result != NULL)
        send_message(json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
    else
        send_message(json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id, "error", "code", -32601,
                               "message", "no such method"));
}

static void free_server(struct server *server)
{
    for (size_t i = 0; i < server->documents.count; i++)
        free_document(server->documents.items[i]);
    for (size_t i = 0; i < server->units.count; i++)
        module_free(&server->modules[i]);
    LIST_FREE(&server->documents);
    release(server->modules);
    free_units(&server->units);
    config_free(&server->config);
}

int serve_editor(const struct options *options)
{
    struct server server = {.options = options};
    json_t *message;
    bool ended = false;
    config_default(&server.config);
    while (!ended && (message = receive_message()) != NULL) {
        const char *method = json_string_value(json_object_get(message, "method"));
        ended = method != NULL && strcmp(method, "exit") == 0;
        handle(&server, message);
        json_decref(message);
    }
    int status = server.shut_down ? 0 : 1;
    free_server(&server);
    return status;
}
