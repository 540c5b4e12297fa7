/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int next_token(void);

unsigned tokens(fa_allocator *a)
{
    unsigned count = 0;
    while (1) {
        int *token = fa_scratch_alloc(a, sizeof *token, 16); // expect: FA311
        if (token == NULL)
            break;
        *token = next_token();
        count++;
    }
    return count;
}
