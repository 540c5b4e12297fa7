/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_ASYNC void on_loaded(fa_allocator *a, const char *name);

void on_loaded(fa_allocator *a, const char *name)
{
    FA_FRAME(a) {
        char *copy = fa_frame_strdup(a, name);
        if (copy != NULL)
            copy[0] = 'L';
    }
}
