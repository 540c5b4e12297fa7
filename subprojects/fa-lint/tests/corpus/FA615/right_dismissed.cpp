/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Guard with dismiss: a rollback unless committed. */
class speculation
{
  public:
    explicit speculation(fa_allocator *a) : a_(a), c_(fa_frame_checkpoint(a))
    {
    }
    ~speculation()
    {
        if (!done_)
            fa_frame_rollback(a_, c_);
    }
    void keep()
    {
        fa_frame_commit(a_, c_);
        done_ = true;
    }

  private:
    fa_allocator *a_;
    fa_checkpoint c_;
    bool done_ = false;
};
static int *attempt(fa_allocator *a, int n)
{
    speculation s(a);
    int *p = fa_frame_new(a, int, 8);
    if (!p || n > 3)
        return nullptr;
    p[0] = n;
    s.keep();
    return p;
}
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    int r = 0;
    fa_frame_begin(a);
    for (int i = 0; i < 8; i++) {
        int *p = attempt(a, i);
        if (p)
            r += *p;
    }
    fa_frame_end(a);
    fa_allocator_release(a);
    return r;
}
