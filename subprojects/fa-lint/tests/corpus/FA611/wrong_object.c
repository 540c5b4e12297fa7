/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void kill(fa_allocator *a, fa_object_pool *pool)
{
    fa_object_id id;
    void *bullet = fa_object_pool_take(pool, &id);
    if (bullet != NULL)
        fa_release(a, bullet); // expect: FA611
}
