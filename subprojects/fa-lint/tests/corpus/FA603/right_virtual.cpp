/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* The same with a clear, and inheritance with virtual functions. */
struct system {
    virtual ~system() = default;
    virtual int run(fa_allocator *a) = 0;
};
struct ai : system {
    int *plan = nullptr;
    int run(fa_allocator *a) override
    {
        plan = fa_frame_new(a, int, 8);
        int r = plan ? (plan[0] = 1) : 0;
        plan = nullptr;
        return r;
    }
};
struct sound : system {
    int run(fa_allocator *a) override
    {
        char *s = fa_frame_strdup(a, "boom");
        return s ? s[0] : 0;
    }
};
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    ai x;
    sound y;
    system *all[] = {&x, &y};
    int r = 0;
    for (int i = 0; i < 4; i++) {
        FA_FRAME(a)
        {
            for (system *s : all)
                r += s->run(a);
        }
    }
    fa_allocator_release(a);
    return r;
}
