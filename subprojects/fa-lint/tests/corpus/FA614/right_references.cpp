/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* References to members, methods that return references. */
struct node {
    int v;
    node *next;
};
class list
{
  public:
    explicit list(fa_allocator &a) : a_(a)
    {
    }
    ~list()
    {
        clear();
    }
    list &add(int v)
    {
        node *n = fa_pool_new(&a_, node);
        if (n) {
            n->v = v;
            n->next = head_;
            head_ = n;
        }
        return *this;
    }
    node *&head()
    {
        return head_;
    }
    void clear()
    {
        while (head_) {
            node *n = head_;
            head_ = n->next;
            fa_release(&a_, n);
        }
    }

  private:
    fa_allocator &a_;
    node *head_ = nullptr;
};
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    int r = 0;
    {
        list l(*a);
        l.add(1).add(2).add(3);
        for (node *n = l.head(); n; n = n->next)
            r += n->v;
        l.clear();
    }
    fa_allocator_release(a);
    return r;
}
