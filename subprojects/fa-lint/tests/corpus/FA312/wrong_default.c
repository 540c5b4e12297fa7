/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL); // expect: FA312
    fa_allocator_release(a);
    return 0;
}
