/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int next_token(void);

void tokens(fa_allocator *a)
{
    for (;;) {
        int *token = fa_scratch_alloc(a, sizeof *token, 16);
        if (token == NULL || (*token = next_token()) == 0)
            break;
        fa_scratch_reset(a);
    }
}
