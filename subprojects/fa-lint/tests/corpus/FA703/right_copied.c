/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <string.h>

void timer_after(int milliseconds, void (*callback)(void *), FA_KEPT void *user);
void blink(void *user);

void start(fa_allocator *a)
{
    char *name = fa_frame_strdup(a, "lamp");
    if (name == NULL)
        return;
    char *kept = fa_heap_alloc(a, strlen(name) + 1, 16);
    if (kept == NULL)
        return;
    memcpy(kept, name, strlen(name) + 1);
    timer_after(100, blink, kept);
}
