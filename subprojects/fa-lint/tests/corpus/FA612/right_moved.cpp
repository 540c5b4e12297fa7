/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* unique_ptr-like owner with move; right. */
#include <utility>
template <typename T> class owned
{
  public:
    owned() = default;
    owned(fa_allocator *a, T *p) : a_(a), p_(p)
    {
    }
    owned(owned &&o) noexcept : a_(o.a_), p_(o.p_)
    {
        o.p_ = nullptr;
    }
    owned &operator=(owned &&o) noexcept
    {
        if (this != &o) {
            reset();
            a_ = o.a_;
            p_ = o.p_;
            o.p_ = nullptr;
        }
        return *this;
    }
    ~owned()
    {
        reset();
    }
    void reset()
    {
        if (p_)
            fa_release(a_, p_);
        p_ = nullptr;
    }
    T *get() const
    {
        return p_;
    }
    T *operator->() const
    {
        return p_;
    }

  private:
    fa_allocator *a_ = nullptr;
    T *p_ = nullptr;
};
struct mesh {
    int n;
    float *v;
};
static owned<mesh> load(fa_allocator *a)
{
    return owned<mesh>(a, fa_pool_new(a, mesh));
}
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    {
        owned<mesh> m = load(a);
        if (m.get())
            m->n = 3;
        owned<mesh> other = std::move(m);
        other = load(a);
        if (other.get())
            other->n = 4;
    }
    fa_allocator_release(a);
    return 0;
}
