/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the language server knows: the files of the program, and those of them that are open in the editor. */
#ifndef FA_LINT_LSP_PROJECT_H
#define FA_LINT_LSP_PROJECT_H

#include "database.h"
#include "finding.h"
#include "options.h"

struct document {
    char *uri;
    char *path;
    char *text;
    bool is_lowered; /* It has a module of its own: it is no header. */
    struct module module;
    finding_list findings;
    char *published; /* The diagnostics that the editor has. */
};

struct server {
    const struct options *options;
    struct config config;
    unit_list units;
    struct module *modules; /* Of the units, as they are on disk or, where a header is open, in the editor. */
    LIST(struct document *) documents;
    bool initialized;
    bool loaded;
    bool stale; /* Something has changed since the program was analysed. */
    bool shut_down;
    bool complained; /* That the baseline cannot be read. */
};

struct document *find_document(const struct server *server, const char *uri);
void open_document(struct server *server, const char *uri, const char *text);
void close_document(struct server *server, const char *uri);
/* Reads again what was made of a file that has changed on disk. */
void file_changed(struct server *server, const char *uri);
/* Analyses the program if need be, and tells the editor what has changed. */
void refresh(struct server *server);
void free_server(struct server *server);

#endif
