/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Macro asserts and logging around everything in C++. */
#include <cstdio>
#include <cstdlib>
#define CHECK(x)                                                                                                       \
    do {                                                                                                               \
        if (!(x)) {                                                                                                    \
            std::fprintf(stderr, "%s\n", #x);                                                                          \
            std::abort();                                                                                              \
        }                                                                                                              \
    } while (false)
#define FA_TRY(x)                                                                                                      \
    if (fa_status s_ = (x); s_ != FA_OK)                                                                               \
    return s_
static fa_status tick(fa_allocator *a, int n)
{
    FA_TRY(fa_frame_begin(a));
    int *p = fa_frame_new(a, int, 4);
    CHECK(p != nullptr);
    p[0] = n;
    FA_TRY(fa_frame_end(a));
    return FA_OK;
}
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    CHECK(a);
    for (int i = 0; i < 3; i++) {
        CHECK(tick(a, i) == FA_OK);
    }
    fa_allocator_release(a);
    return 0;
}
