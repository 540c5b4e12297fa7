/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct buffer {
    char bytes[64];
};

void drop(fa_allocator *a)
{
    struct buffer buffer = {{0}};
    buffer.bytes[0] = 1;
    fa_release(a, &buffer); // expect: FA611
}
