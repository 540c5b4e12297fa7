/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int configure(fa_allocator *a)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.capacity = 32;
    config.full_policy = FA_QUEUE_FAIL;
    return fa_deferred_configure(a, &config) == FA_OK;
}

void *consume(void *user)
{
    fa_allocator *a = user;
    void *block = fa_heap_alloc(a, 64, 16);
    fa_release(a, block); // expect: FA204
    return NULL;
}
