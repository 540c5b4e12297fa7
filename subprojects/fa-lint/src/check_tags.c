/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* FA801 and FA802: tags against .fa.toml. */
#include "program.h"

#include <string.h>

/* Functions that are given the name of a tag, and which argument it is. */
static const struct {
    const char *name;
    int argument;
} namers[] = {
    {"fa_tag_get", 1},       {"fa_tag_nested", 2},      {"fa_tag_find", 1},
    {"fa_tag_push_name", 1}, {"fa_tag_scope_begin", 1}, {"fa_tagged_init", 2},
};

static int32_t name_given(const struct program *program, const struct edge *edge)
{
    const struct function *function = program->functions.items[edge->caller];
    const char *callee = edge->function >= 0 ? text_of(program->functions.items[edge->function]->name) : "";
    for (size_t i = 0; i < sizeof namers / sizeof *namers; i++)
        if (strcmp(namers[i].name, callee) == 0)
            return literal_of(function, argument_of(function, edge->op, namers[i].argument));
    return 0;
}

static bool ends_with_name(const char *tag, const char *name)
{
    size_t whole = strlen(tag), length = strlen(name);
    return whole > length + 2 && strcmp(tag + whole - length, name) == 0 &&
           strncmp(tag + whole - length - 2, "::", 2) == 0;
}

/* A tag may be named whole or, inside a scope, by the last of its names. */
static bool is_known(const text_list *tags, const char *name)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (glob_matches(tags->items[i], name) || ends_with_name(tags->items[i], name))
            return true;
    }
    return false;
}

/* A name inside a scope stands for all tags that end with it; without a list of tags it may be any of the module's. */
static bool fits_area(const struct config *config, const struct area *area, const char *name)
{
    if (is_known(&area->tags, name))
        return true;
    if (strstr(name, "::") != NULL)
        return false;
    for (size_t i = 0; i < config->tags.count; i++)
        if (ends_with_name(config->tags.items[i], name) && is_known(&area->tags, config->tags.items[i]))
            return true;
    bool nests = false;
    for (size_t i = 0; i < area->tags.count; i++)
        nests |= strstr(area->tags.items[i], "::*") != NULL;
    return nests && config->tags.count == 0;
}

static void tell(struct program *program, const struct edge *edge, const char *code, char *message)
{
    const struct function *function = program->functions.items[edge->caller];
    struct finding *finding = add_finding(&program->findings, code, edge->op->at, message);
    if (finding != NULL) {
        finding->function = function->name;
        finding->allow = function->allow;
    }
    release(message);
}

static void check_name(struct program *program, const struct edge *edge, const char *name)
{
    const struct config *config = program->config;
    if (config->has_tags && !is_known(&config->tags, name)) {
        tell(program, edge, "FA802", format_text("no tag is called \"%s\"", name));
        return;
    }
    const struct area *area = area_of(config, text_of(edge->op->at.file));
    if (area != NULL && area->tags.count != 0 && !fits_area(config, area, name))
        tell(program, edge, "FA801", format_text("tag \"%s\" is not one of module %s", name, area->name));
}

void check_tags(struct program *program)
{
    for (size_t i = 0; i < program->edges.count; i++) {
        int32_t name = name_given(program, &program->edges.items[i]);
        if (name != 0)
            check_name(program, &program->edges.items[i], text_of(name));
    }
}
