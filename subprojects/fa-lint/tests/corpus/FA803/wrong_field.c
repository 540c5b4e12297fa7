/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

struct view {
    char *title;
};

int show(fa_allocator *a)
{
    struct view view = {core_take(a, 64)};
    if (view.title == NULL)
        return 0;
    view.title[0] = 0;
    fa_release(a, view.title); // expect: FA803
    return 1;
}
