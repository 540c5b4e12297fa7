/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An allocator seen through one tag. */
#include "account/scope.h"
#include "base/bits.h"
#include "core/call.h"
#include "core/report.h"

#include <framealloc/block.h>

fa_status fa_tagged_init(fa_tagged *view, fa_allocator *a, const char *path)
{
    FA_ENTER(a);
    if (view == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the view to fill in is NULL");
    *view = (fa_tagged){a, fa_tag_get(a, path)};
    return view->tag == 0 ? fa_last_status() : FA_OK;
}

void *fa_tagged_alloc(const fa_tagged *view, int32_t intent, size_t size, size_t align)
{
    FA_ENTER(view == NULL ? NULL : view->allocator);
    fa_allocator *a = view == NULL ? NULL : view->allocator;
    fa_lane *lane = fa_account_push(a, view == NULL ? 0 : view->tag);
    if (lane == NULL)
        return NULL;
    void *block = fa_alloc(a, intent, size, align);
    fa_account_leave(lane);
    return block;
}

void *fa_tagged_alloc_array(const fa_tagged *view, int32_t intent, size_t count, size_t size, size_t align)
{
    return fa_tagged_alloc(view, intent, fa_array_bytes(count, size), align);
}
