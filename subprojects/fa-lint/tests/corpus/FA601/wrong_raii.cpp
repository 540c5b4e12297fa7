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
    int *values = nullptr;
    {
        Frame frame(a);
        values = fa_frame_new(a, int, 4);
        if (values)
            values[0] = 1;
    }
    return values ? values[0] : 0; // expect: FA601
}
