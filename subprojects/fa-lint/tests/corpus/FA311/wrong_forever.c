/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct event {
    struct event *next;
};

int wait_for_event(void);

void collect(fa_allocator *a, struct event **list)
{
    for (;;) {
        if (wait_for_event() == 0)
            continue;
        struct event *event = fa_heap_alloc(a, sizeof *event, 16); // expect: FA311
        if (event == NULL)
            return;
        event->next = *list;
        *list = event;
    }
}
