/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Reference out-parameter, enum class switch, structured bindings. */
enum class kind { frame, pool };
static bool get(fa_allocator *a, kind k, int *&out)
{
    switch (k) {
    case kind::frame:
        out = fa_frame_new(a, int, 4);
        break;
    case kind::pool:
        out = static_cast<int *>(fa_pool_alloc(a, 16, 16));
        break;
    }
    return out != nullptr;
}
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    int *p = nullptr, *q = nullptr;
    fa_frame_begin(a);
    bool both = get(a, kind::frame, p) && get(a, kind::pool, q);
    if (both)
        *q = *p = 3;
    fa_frame_end(a);
    if (q)
        *q = 4;
    fa_release(a, q);
    if (p)
        *p = 1; // expect: FA601
    fa_allocator_release(a);
    return 0;
}
