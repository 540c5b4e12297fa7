/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void queue_push(void *queue, FA_OTHER_THREAD void *item);

void produce(fa_allocator *a, void *queue)
{
    fa_transfer mail = 0;
    FA_FRAME(a) {
        char *text = fa_transfer_alloc(a, 64, 16, &mail);
        if (text == NULL)
            break;
        text[0] = 0;
        fa_transfer_send(a, mail);
        queue_push(queue, text);
    }
}
