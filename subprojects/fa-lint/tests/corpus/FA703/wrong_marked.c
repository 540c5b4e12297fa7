/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void timer_after(int milliseconds, void (*callback)(void *), FA_KEPT void *user);
void blink(void *user);

void start(fa_allocator *a)
{
    char *name = fa_frame_strdup(a, "lamp");
    if (name != NULL)
        timer_after(100, blink, name); // expect: FA703
}
