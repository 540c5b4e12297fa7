/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <string.h>
#include <unistd.h>

void record(fa_allocator *a, fa_group group, int socket)
{
    char bytes[64];
    while (read(socket, bytes, sizeof bytes) > 0) {
        char *copy = fa_group_alloc(a, group, sizeof bytes, 16); // expect: FA311
        if (copy != NULL)
            memcpy(copy, bytes, sizeof bytes);
    }
}
