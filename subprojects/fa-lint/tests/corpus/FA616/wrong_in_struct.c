/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct emitter {
    fa_window window;
    int count;
};

static void emit(struct emitter *emitter)
{
    int *particle = fa_window_new(&emitter->window, int);
    if (particle != NULL)
        emitter->count += *particle = 1;
}

int burst(fa_allocator *a)
{
    struct emitter emitter = {FA_WINDOW_INIT, 0};
    if (fa_window_open(a, &emitter.window, 0) != FA_OK)
        return 0;
    emit(&emitter);
    fa_window_close(&emitter.window);
    emit(&emitter); // expect: FA616
    return emitter.count;
}
