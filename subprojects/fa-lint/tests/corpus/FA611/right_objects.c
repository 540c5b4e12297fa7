/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void kill(fa_object_pool *pool)
{
    fa_object_id id;
    void *bullet = fa_object_pool_take(pool, &id);
    if (bullet != NULL)
        fa_object_pool_give_object(pool, bullet);
}
