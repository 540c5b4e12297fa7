/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void consume(fa_allocator *a, fa_transfer mail)
{
    if (fa_transfer_receive(a, mail, NULL) == NULL)
        return;
    void *block = fa_transfer_take(a, mail);
    fa_release(a, block);
}
