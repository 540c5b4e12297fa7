/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct builder {
    fa_allocator *allocator;
    fa_window *window;
    unsigned words;
    int open;
};

static int builder_open(struct builder *builder, fa_allocator *a, fa_window *window)
{
    builder->allocator = a;
    builder->window = window;
    builder->words = 0;
    builder->open = fa_window_open(a, window, 1 << 14) == FA_OK;
    return builder->open;
}

static unsigned *builder_add(struct builder *builder, unsigned word)
{
    unsigned *place = fa_window_new(builder->window, unsigned);
    if (place != NULL) {
        *place = word;
        builder->words++;
    }
    return place;
}

static void builder_close(struct builder *builder)
{
    fa_window_close(builder->window);
    builder->open = 0;
}

unsigned compile(fa_allocator *a, const unsigned *source, int count)
{
    fa_window window = FA_WINDOW_INIT;
    struct builder builder;
    if (!builder_open(&builder, a, &window))
        return 0;
    for (int i = 0; i < count; i++) {
        if (source[i] == 0) {
            builder_close(&builder);
            break;
        }
        if (builder_add(&builder, source[i]) == NULL)
            break;
    }
    if (count > 100)
        builder_add(&builder, 0xffffffffu); // expect: FA616
    if (builder.open)
        builder_close(&builder);
    return builder.words;
}
