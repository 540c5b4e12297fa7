/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct level {
    char *name;
};

struct level *load(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    struct level *level = fa_heap_alloc(a, sizeof *level, 16);
    if (level == NULL)
        return NULL;
    fa_frame_begin(a);
    level->name = fa_frame_alloc_retained(a, 32, 16, &how); // expect: FA605
    fa_frame_end(a);
    return level;
}
