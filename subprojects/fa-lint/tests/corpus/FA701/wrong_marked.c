/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_ASYNC void on_loaded(fa_allocator *a, const char *name);

void on_loaded(fa_allocator *a, const char *name)
{
    char *copy = fa_frame_strdup(a, name); // expect: FA701
    if (copy != NULL)
        copy[0] = 'L';
}
