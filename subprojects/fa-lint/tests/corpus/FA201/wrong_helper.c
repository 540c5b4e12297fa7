/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>
/* A struct with frame memory handed to a thread that is joined a frame later. */
struct work {
    pthread_t t;
    const float *v;
    int n;
    float sum;
};
static void *add(void *p)
{
    struct work *w = p;
    for (int i = 0; i < w->n; i++)
        w->sum += w->v[i];
    return NULL;
}
static int start(struct work *w, const float *v, int n)
{
    w->v = v;
    w->n = n;
    return pthread_create(&w->t, NULL, add, w);
}
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct work w = {0};
    fa_frame_begin(a);
    float *v = fa_frame_new(a, float, 100);
    int bad = start(&w, v, 100); // expect: FA201
    fa_frame_end(a);
    if (!bad)
        pthread_join(w.t, NULL);
    fa_allocator_release(a);
    return 0;
}
