/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

struct request {
    struct request *next;
    unsigned number;
};

static struct request *make(unsigned number)
{
    struct request *request = fa_pool_new(a, struct request);
    if (request != NULL)
        request->number = number;
    return request;
}

static void drop(struct request **list)
{
    while (*list != NULL) {
        struct request *next = (*list)->next;
        fa_release(a, *list);
        *list = next;
    }
}

static void *work(void *user) // expect: FA203
{
    struct request *list = NULL;
    for (unsigned i = 0; i < 32; i++) {
        struct request *request = make(i);
        if (request == NULL)
            goto out;
        request->next = list;
        list = request;
        if (i % 8 == 7)
            drop(&list);
    }
out:
    drop(&list);
    return user;
}

int main(void)
{
    pthread_t thread;

    a = fa_allocator_create(NULL);
    if (a == NULL || pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    fa_allocator_release(a);
    return 0;
}
