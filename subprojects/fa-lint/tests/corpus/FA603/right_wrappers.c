/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct engine {
    fa_allocator *allocator;
    int frames;
};

static int frame_start(struct engine *engine)
{
    if (fa_frame_begin(engine->allocator) != FA_OK)
        return 0;
    engine->frames++;
    return 1;
}

static void frame_stop(struct engine *engine)
{
    fa_frame_end(engine->allocator);
}

int main(void)
{
    struct engine engine = {fa_allocator_create(NULL), 0};
    while (engine.frames < 100) {
        if (!frame_start(&engine))
            break;
        (void)fa_frame_new(engine.allocator, int, 8);
        frame_stop(&engine);
    }
    fa_allocator_release(engine.allocator);
    return 0;
}
