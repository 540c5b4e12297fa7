/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* std::vector of frame pointers local to the frame; right. Vector kept for later is not. */
#include <algorithm>
#include <vector>
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    int r = 0;
    for (int i = 0; i < 3; i++) {
        FA_FRAME(a)
        {
            std::vector<int *> v;
            for (int k = 0; k < 4; k++) {
                int *p = fa_frame_new(a, int, 1);
                if (p) {
                    *p = k;
                    v.push_back(p);
                }
            }
            std::sort(v.begin(), v.end(), [](int *x, int *y) { return *x < *y; });
            for (int *p : v)
                r += *p;
        }
    }
    fa_allocator_release(a);
    return r;
}
