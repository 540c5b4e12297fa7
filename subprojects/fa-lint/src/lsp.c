/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The course of a session: who may say what when, and who answers. */
#include "lsp.h"
#include "lsp_answer.h"
#include "lsp_project.h"
#include "lsp_text.h"

#include <string.h>
#include <unistd.h>

/* Codes of JSON-RPC and of the protocol. */
enum { PARSE_ERROR = -32700, INVALID_REQUEST = -32600, NO_METHOD = -32601, NOT_INITIALIZED = -32002 };

static void fail(json_t *id, int code, const char *message)
{
    send_message(
        json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id, "error", "code", code, "message", message));
}

static void fail_unnamed(int code, const char *message)
{
    json_t *none = json_null();
    fail(none, code, message);
    json_decref(none);
}

static json_t *capabilities(void)
{
    return json_pack("{s:{s:{s:b, s:i, s:{s:b}}, s:b, s:{s:[s]}}, s:{s:s, s:s}}", "capabilities", "textDocumentSync",
                     "openClose", 1, "change", 1, "save", "includeText", 0, "hoverProvider", 1, "codeActionProvider",
                     "codeActionKinds", "quickfix", "serverInfo", "name", "fa-lint", "version", FA_LINT_VERSION);
}

static const char *root_of(const json_t *params)
{
    const json_t *folder = json_array_get(json_object_get(params, "workspaceFolders"), 0);
    const char *uri = json_string_value(json_object_get(folder, "uri"));
    return uri != NULL ? uri : json_string_value(json_object_get(params, "rootUri"));
}

/* Settings, globs and baselines are relative to the folder of the project, as they are on the command line. */
static json_t *initialize(struct server *server, const json_t *params)
{
    const char *uri = root_of(params);
    char *root = uri != NULL ? path_of_uri(uri) : NULL;
    server->initialized = true;
    if (root != NULL && chdir(root) != 0)
        show_message("the folder of the project cannot be entered");
    release(root);
    return capabilities();
}

static json_t *answer(struct server *server, const char *method, const json_t *params, const char *uri)
{
    if (strcmp(method, "initialize") == 0)
        return initialize(server, params);
    refresh(server);
    if (strcmp(method, "textDocument/hover") == 0)
        return hover(find_document(server, uri), params);
    if (strcmp(method, "textDocument/codeAction") == 0)
        return code_actions(find_document(server, uri), params);
    server->shut_down |= strcmp(method, "shutdown") == 0;
    return strcmp(method, "shutdown") == 0 ? json_null() : NULL;
}

static void respond(struct server *server, json_t *id, const char *method, const json_t *params, const char *uri)
{
    bool begins = strcmp(method, "initialize") == 0;
    if (!server->initialized && !begins) {
        fail(id, NOT_INITIALIZED, "initialize comes first");
        return;
    }
    if (server->shut_down || (begins && server->initialized)) {
        fail(id, INVALID_REQUEST, begins ? "initialize comes once" : "the server is shut down");
        return;
    }
    json_t *result = answer(server, method, params, uri);
    if (result != NULL)
        send_message(json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
    else
        fail(id, NO_METHOD, "no such method");
}

static void watched_files(struct server *server, const json_t *params)
{
    size_t i;
    json_t *change;
    json_array_foreach (json_object_get(params, "changes"), i, change) {
        const char *uri = json_string_value(json_object_get(change, "uri"));
        if (uri != NULL)
            file_changed(server, uri);
    }
}

static void take_note(struct server *server, const char *method, const json_t *params, const char *uri)
{
    const json_t *document = json_object_get(params, "textDocument");
    if (strcmp(method, "textDocument/didOpen") == 0) {
        open_document(server, uri, json_string_value(json_object_get(document, "text")));
    } else if (strcmp(method, "textDocument/didChange") == 0 && find_document(server, uri) != NULL) {
        const json_t *changes = json_object_get(params, "contentChanges");
        const json_t *last = json_array_get(changes, json_array_size(changes) - 1);
        open_document(server, uri, json_string_value(json_object_get(last, "text")));
    } else if (strcmp(method, "textDocument/didSave") == 0) {
        file_changed(server, uri);
    } else if (strcmp(method, "textDocument/didClose") == 0) {
        close_document(server, uri);
    } else if (strcmp(method, "workspace/didChangeWatchedFiles") == 0) {
        watched_files(server, params);
    }
}

static void handle(struct server *server, const json_t *message)
{
    const json_t *params = json_object_get(message, "params");
    const char *method = json_string_value(json_object_get(message, "method"));
    const char *uri = json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
    json_t *id = json_object_get(message, "id");
    bool is_answer = json_object_get(message, "result") != NULL || json_object_get(message, "error") != NULL;
    if (method == NULL && !is_answer && id != NULL)
        fail(id, INVALID_REQUEST, "no method");
    else if (method == NULL && !is_answer)
        fail_unnamed(INVALID_REQUEST, "no message");
    else if (method != NULL && id != NULL)
        respond(server, id, method, params, uri != NULL ? uri : "");
    else if (method != NULL && server->initialized && !server->shut_down)
        take_note(server, method, params, uri != NULL ? uri : "");
}

static bool is_exit(const json_t *message)
{
    const char *method = json_string_value(json_object_get(message, "method"));
    return method != NULL && strcmp(method, "exit") == 0;
}

int serve_editor(const struct options *options)
{
    struct server server = {.options = options};
    enum reception reception;
    bool ended = false;
    config_default(&server.config);
    begin_messages();
    while (!ended) {
        json_t *message = NULL;
        /* Whoever types fast is answered when there is a pause. */
        if (!message_waits())
            refresh(&server);
        reception = receive_message(&message);
        ended = reception == RECEIVED_END || is_exit(message);
        if (reception == RECEIVED_NONSENSE)
            fail_unnamed(PARSE_ERROR, "this is no message");
        else if (!ended)
            handle(&server, message);
        json_decref(message);
    }
    int status = server.shut_down ? 0 : 1;
    free_server(&server);
    return status;
}
