/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lua-host BYTES FRAMES SCRIPT...: an engine whose scripts have so many bytes of memory each. One that wants more gets an error of
 * Lua and is closed; the engine and the other scripts go on. */
#include "host.h"
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPTS_MAX = 8, NAME_MAX_BYTES = 64 };

typedef struct engine {
    fa_allocator *a;
    uint64_t budget;
    script scripts[SCRIPTS_MAX];
    char tags[SCRIPTS_MAX][NAME_MAX_BYTES];
    int count;
} engine;

/* The tag of scripts/hoarder.lua is script::hoarder. */
static void name_tag(char *tag, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    (void)snprintf(tag, NAME_MAX_BYTES, "script::%.*s", (int)strcspn(name, "."), name);
}

static void open_script(engine *e, const char *path)
{
    script *s = &e->scripts[e->count];
    char *tag = e->tags[e->count++];
    name_tag(tag, path);
    if (!script_open(s, e->a, host_limit(e->a, tag, e->budget), path))
        printf("%s did not start: %s\n", tag, s->problem);
}

static bool run_frame(engine *e, int frame)
{
    if (fa_frame_begin(e->a) != FA_OK)
        return false;
    for (int i = 0; i < e->count; i++) {
        if (e->scripts[i].state != NULL && !script_update(&e->scripts[i], frame))
            printf("%s stopped: %s\n", e->tags[i], e->scripts[i].problem);
    }
    return fa_frame_end(e->a) == FA_OK;
}

static void print_usage(const engine *e)
{
    for (int i = 0; i < e->count; i++)
        host_print_usage(e->a, e->tags[i]);
}

/* The states are closed before the allocator that their memory is from. */
static bool close_engine(engine *e)
{
    for (int i = 0; i < e->count; i++)
        script_close(&e->scripts[i]);
    printf("all closed\n");
    print_usage(e);
    return host_close(e->a);
}

int main(int count, char **arguments)
{
    if (count < 4 || count > 3 + SCRIPTS_MAX) {
        fprintf(stderr, "usage: lua-host BYTES FRAMES SCRIPT...\n");
        return 2;
    }
    engine e = {.a = host_open(), .budget = strtoull(arguments[1], NULL, 10)};
    int frames = atoi(arguments[2]);
    bool good = e.a != NULL;
    for (int i = 3; good && i < count; i++)
        open_script(&e, arguments[i]);
    for (int i = 1; good && i <= frames; i++)
        good = run_frame(&e, i);
    if (e.a == NULL)
        return 1;
    printf("after %d frames\n", frames);
    print_usage(&e);
    return close_engine(&e) && good ? 0 : 1;
}
