/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void queue_push(void *queue, FA_OTHER_THREAD void *item);

void produce(fa_allocator *a, void *queue)
{
    FA_FRAME(a) {
        char *text = fa_frame_strdup(a, "hello");
        if (text != NULL)
            queue_push(queue, text); // expect: FA201
    }
}
