/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdlib.h>

int parse(fa_allocator *a, size_t count)
{
    int *numbers = malloc(count * sizeof *numbers);
    if (numbers == NULL)
        return -1;
    numbers[0] = 1;
    fa_release(a, numbers); // expect: FA611
    return 0;
}
