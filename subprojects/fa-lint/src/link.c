/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "link.h"

#include <string.h>

struct linking {
    struct module *modules;
    size_t count;
    LIST(int32_t) definers; /* By interned USR: index of the module that defines the function + 1. */
    uint8_t *taken;         /* Modules that some main() reaches. */
    uint8_t *in;            /* Modules of the program that is put together. */
};

static bool has_main(const struct module *module)
{
    for (size_t i = 0; i < module->functions.count; i++)
        if (module->functions.items[i].flags & FUNCTION_MAIN)
            return true;
    return false;
}

/* The library's own functions are known by what they do, not by their bodies. */
static bool is_followed(const struct function *function)
{
    return !starts_with(text_of(function->name), "fa_");
}

static void define(struct linking *linking, size_t index)
{
    const struct module *module = &linking->modules[index];
    for (size_t i = 0; i < module->functions.count; i++) {
        const struct function *function = &module->functions.items[i];
        while (linking->definers.count <= (size_t)function->usr)
            LIST_PUSH(&linking->definers, 0);
        if ((function->flags & FUNCTION_BODY) && !(function->flags & FUNCTION_MAIN) &&
            linking->definers.items[function->usr] == 0)
            linking->definers.items[function->usr] = (int32_t)index + 1;
    }
}

static void reach(struct linking *linking, size_t start)
{
    LIST(size_t) next = {0};
    LIST_PUSH(&next, start);
    linking->in[start] = linking->taken[start] = 1;
    while (next.count != 0) {
        const struct module *module = &linking->modules[next.items[--next.count]];
        for (size_t i = 0; i < module->functions.count; i++) {
            const struct function *function = &module->functions.items[i];
            int32_t definer = is_followed(function) ? linking->definers.items[function->usr] - 1 : -1;
            if (definer < 0 || (function->flags & FUNCTION_BODY) || linking->in[definer])
                continue;
            linking->in[definer] = linking->taken[definer] = 1;
            LIST_PUSH(&next, (size_t)definer);
        }
    }
    LIST_FREE(&next);
}

static void gather(struct program *all, struct program *program)
{
    for (size_t i = 0; i < program->findings.count; i++) {
        struct finding *found = &program->findings.items[i];
        struct finding *copy = add_finding(&all->findings, text_of(found->code), found->at, text_of(found->message));
        if (copy == NULL) {
            LIST_FREE(&found->notes);
            continue;
        }
        *copy = *found;
    }
    program->findings.count = 0;
}

static void analyse_one(struct linking *linking, struct program *all)
{
    struct program program = {.config = all->config};
    for (size_t i = 0; i < linking->count; i++)
        if (linking->in[i] && linking->modules[i].errors.count == 0)
            program_add(&program, &linking->modules[i]);
    program_analyse(&program);
    gather(all, &program);
    program_free(&program);
    memset(linking->in, 0, linking->count);
}

void analyse_modules(struct program *all, struct module *modules, size_t count)
{
    struct linking linking = {.modules = modules, .count = count, .taken = take(count), .in = take(count)};
    for (size_t i = 0; i < count; i++) {
        define(&linking, i);
        for (size_t k = 0; k < modules[i].suppressions.count; k++)
            LIST_PUSH(&all->suppressions, &modules[i].suppressions.items[k]);
    }
    for (size_t i = 0; i < count; i++) {
        if (!has_main(&modules[i]))
            continue;
        reach(&linking, i);
        analyse_one(&linking, all);
    }
    bool rest = false;
    for (size_t i = 0; i < count; i++)
        linking.in[i] = !linking.taken[i];
    for (size_t i = 0; i < count; i++)
        rest |= linking.in[i];
    if (rest)
        analyse_one(&linking, all);
    LIST_FREE(&linking.definers);
    release(linking.taken);
    release(linking.in);
}
