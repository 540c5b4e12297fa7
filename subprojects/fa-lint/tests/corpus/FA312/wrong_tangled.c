/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct engine {
    fa_allocator *memory;
    int windows, sounds;
};

static int open_windows(struct engine *engine)
{
    engine->windows = 1;
    return engine->windows;
}

static int open_memory(struct engine *engine, int debug)
{
    fa_config config = FA_CONFIG_INIT;
    if (debug)
        config.debug_mode = 1;
    engine->memory = fa_allocator_create(&config); // expect: FA312
    return engine->memory != NULL;
}

int engine_start(struct engine *engine, int debug)
{
    if (!open_memory(engine, debug))
        goto failed;
    if (!open_windows(engine))
        goto failed;
    return 1;
failed:
    fa_allocator_release(engine->memory);
    return 0;
}
