/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int load(fa_allocator *a, int fail)
{
    int status = 0;
    char *buffer = fa_heap_alloc(a, 8192, 16);
    if (buffer == NULL)
        return -1;
    buffer[0] = 1;
    if (fail) {
        fa_release(a, buffer);
        status = -1;
        goto out;
    }
    buffer[1] = 2;
out:
    fa_release(a, buffer); // expect: FA612
    return status;
}
