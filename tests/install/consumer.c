/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A program of somebody else: uses one function of each kind and says which library it got. */
#include <framealloc/framealloc.h>

#include <stdio.h>
#include <string.h>

static int use(fa_allocator *a)
{
    if (fa_frame_begin(a) != FA_OK)
        return 1;
    char *text = fa_frame_new_zeroed(a, char, 64);
    char *block = fa_pool_alloc(a, 64, 16);
    char *large = fa_heap_alloc(a, 100000, 64);
    if (text == NULL || block == NULL || large == NULL)
        return 1;
    memset(large, 1, 100000);
    (void)strcpy(text, fa_version_string());
    (void)strcpy(block, text);
    (void)printf("%s\n", block);
    return fa_release(a, block) != FA_OK || fa_release(a, large) != FA_OK || fa_frame_end(a) != FA_OK;
}

int main(void)
{
    if (fa_version_check(FA_VERSION) != FA_OK)
        return 1;
    fa_allocator *a = fa_allocator_create(NULL);
    int failed = a == NULL || use(a);
    fa_allocator_release(a);
    return failed;
}
