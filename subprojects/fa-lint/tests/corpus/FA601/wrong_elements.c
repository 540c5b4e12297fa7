/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Local array of structs holding frame pointers per system; index constant and variable. */
struct slot {
    int *ids;
    int n;
};
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct slot slots[4] = {{NULL, 0}};
    int r = 0;
    for (int f = 0; f < 5; f++) {
        fa_frame_begin(a);
        for (int i = 0; i < 4; i++) {
            slots[i].ids = fa_frame_new(a, int, 4);
            slots[i].n = slots[i].ids ? 4 : 0;
        }
        slots[2].n = 1;
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < slots[i].n; k++)
                r += slots[i].ids[k];
        fa_frame_end(a);
    }
    fa_frame_begin(a);
    slots[1].ids = fa_frame_new(a, int, 4);
    fa_frame_end(a);
    if (slots[1].ids)
        r += slots[1].ids[0]; // expect: FA601
    fa_allocator_release(a);
    return r;
}
