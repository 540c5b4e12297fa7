/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Guard forgets to keep. */
class speculation
{
  public:
    explicit speculation(fa_allocator *a) : a_(a), c_(fa_frame_checkpoint(a))
    {
    }
    ~speculation()
    {
        fa_frame_rollback(a_, c_);
    }

  private:
    fa_allocator *a_;
    fa_checkpoint c_;
};
static int *attempt(fa_allocator *a, int n)
{
    speculation s(a);
    int *p = fa_frame_new(a, int, 8);
    if (p)
        p[0] = n;
    return p; // expect: FA601
}
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    int r = 0;
    fa_frame_begin(a);
    int *p = attempt(a, 1);
    if (p)
        r = 1;
    fa_frame_end(a);
    fa_allocator_release(a);
    return r;
}
