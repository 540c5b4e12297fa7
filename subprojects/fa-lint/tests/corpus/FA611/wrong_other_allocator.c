/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int main(void)
{
    fa_allocator *game = fa_allocator_create(NULL), *editor = fa_allocator_create(NULL);
    void *selection = fa_heap_alloc(editor, 100, 16);
    fa_release(game, selection); // expect: FA611
    fa_allocator_release(game);
    fa_allocator_release(editor);
    return 0;
}
