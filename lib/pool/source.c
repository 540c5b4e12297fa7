/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/source.h"

#include <stdlib.h>

typedef struct fa_span {
    fa_link link; /* in spans or full_spans */
    fa_memory memory;
    uint32_t pages;
    uint64_t free; /* bit per page; 64 pages at most */
} fa_span;

static fa_span *from_link(fa_link *link)
{
    return fa_container_of(link, fa_span, link);
}

static uint64_t all_free(const fa_span *span)
{
    return span->pages == 64 ? UINT64_MAX : ((uint64_t)1 << span->pages) - 1;
}

void fa_source_init(fa_allocator *a)
{
    fa_list_init(&a->pool.spans);
    fa_list_init(&a->pool.full_spans);
}

static fa_page *take_page(fa_allocator *a, fa_span *span)
{
    unsigned index = (unsigned)__builtin_ctzll(span->free);
    span->free &= span->free - 1;
    if (span->free == 0) {
        fa_list_remove(&span->link);
        fa_list_push(&a->pool.full_spans, &span->link);
    }
    fa_page *page = (fa_page *)(void *)(span->memory.base + index * FA_WINDOW_BYTES);
    page->span = span;
    return page;
}

static fa_page *take_free_page(fa_allocator *a)
{
    fa_mutex_lock(&a->lock);
    fa_page *page = fa_list_empty(&a->pool.spans) ? NULL : take_page(a, from_link(a->pool.spans.next));
    fa_mutex_unlock(&a->lock);
    return page;
}

static fa_status make_span(fa_allocator *a, fa_span **out)
{
    fa_span *span = calloc(1, sizeof *span);
    if (span == NULL)
        return FA_ERROR_OUT_OF_MEMORY;
    fa_status status = fa_backend_take(a, a->config.pool_page_size, FA_WINDOW_BYTES, &span->memory);
    if (status != FA_OK) {
        free(span);
        return status;
    }
    span->pages = (uint32_t)(span->memory.size / FA_WINDOW_BYTES);
    span->free = all_free(span);
    *out = span;
    return FA_OK;
}

static void destroy_span(fa_allocator *a, fa_span *span)
{
    fa_backend_give(a, &span->memory);
    free(span);
}

fa_status fa_source_take(fa_allocator *a, fa_page **out)
{
    *out = take_free_page(a);
    if (*out != NULL)
        return FA_OK;
    fa_span *span;
    fa_status status = make_span(a, &span);
    if (status != FA_OK) {
        *out = take_free_page(a); /* the lane may have given some back to have memory for others */
        return *out != NULL ? FA_OK : status;
    }
    fa_mutex_lock(&a->lock);
    bool known = fa_registry_reserve(&a->registry, span->memory.base, span->memory.size);
    if (known) {
        fa_list_push(&a->pool.spans, &span->link);
        *out = take_page(a, span);
    }
    fa_mutex_unlock(&a->lock);
    if (!known)
        destroy_span(a, span);
    return known ? FA_OK : FA_ERROR_OUT_OF_MEMORY;
}

void fa_source_publish(fa_allocator *a, fa_page *page)
{
    fa_mutex_lock(&a->lock);
    fa_registry_set(&a->registry, page, FA_WINDOW_BYTES, FA_WINDOW_PAGE);
    fa_mutex_unlock(&a->lock);
}

static bool another_is_free(const fa_allocator *a, const fa_span *span)
{
    for (fa_link *link = a->pool.spans.next; link != &a->pool.spans; link = link->next) {
        if (from_link(link) != span && from_link(link)->free == all_free(from_link(link)))
            return true;
    }
    return false;
}

/* Pages in use first, so that free spans stay free. */
static void put_back(fa_allocator *a, fa_span *span, const fa_page *page)
{
    size_t index = (size_t)((const unsigned char *)page - span->memory.base) / FA_WINDOW_BYTES;
    span->free |= (uint64_t)1 << index;
    fa_list_remove(&span->link);
    if (span->free == all_free(span))
        fa_list_append(&a->pool.spans, &span->link);
    else
        fa_list_push(&a->pool.spans, &span->link);
}

void fa_source_give(fa_allocator *a, fa_page *page)
{
    fa_span *span = page->span;
    fa_mutex_lock(&a->lock);
    fa_registry_set(&a->registry, page, FA_WINDOW_BYTES, FA_WINDOW_NONE);
    put_back(a, span, page);
    bool surplus = span->free == all_free(span) && another_is_free(a, span);
    if (surplus)
        fa_list_remove(&span->link);
    fa_mutex_unlock(&a->lock);
    if (surplus)
        destroy_span(a, span);
}

static fa_span *take_free_span(fa_allocator *a)
{
    fa_span *span = NULL;
    fa_mutex_lock(&a->lock);
    for (fa_link *link = a->pool.spans.next; link != &a->pool.spans && span == NULL; link = link->next) {
        if (from_link(link)->free == all_free(from_link(link)))
            span = from_link(link);
    }
    if (span != NULL)
        fa_list_remove(&span->link);
    fa_mutex_unlock(&a->lock);
    return span;
}

void fa_source_trim(fa_allocator *a)
{
    for (fa_span *span = take_free_span(a); span != NULL; span = take_free_span(a))
        destroy_span(a, span);
}

static void dispose_list(fa_allocator *a, fa_link *spans)
{
    while (!fa_list_empty(spans)) {
        fa_span *span = from_link(spans->next);
        fa_list_remove(&span->link);
        destroy_span(a, span);
    }
}

void fa_source_dispose(fa_allocator *a)
{
    dispose_list(a, &a->pool.spans);
    dispose_list(a, &a->pool.full_spans);
}
