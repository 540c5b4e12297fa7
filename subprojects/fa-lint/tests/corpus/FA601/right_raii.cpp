/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

class Frame {
public:
    explicit Frame(fa_allocator *a) : allocator(a) { fa_frame_begin(allocator); }
    ~Frame() { fa_frame_end(allocator); }

private:
    fa_allocator *allocator;
};

int once(fa_allocator *a)
{
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        Frame frame(a);
        int *values = fa_frame_new(a, int, 4);
        if (!values)
            continue;
        values[0] = i;
        sum += values[0];
    }
    return sum;
}
