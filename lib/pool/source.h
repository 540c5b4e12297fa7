/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where pages come from: spans of pool_page_size bytes of the backend, cut into 64 KiB pages. */
#ifndef FA_POOL_SOURCE_H
#define FA_POOL_SOURCE_H

#include "pool/page.h"

void fa_source_init(fa_allocator *a);

/* Memory for one page, marked in the registry once fa_source_publish() is called. */
fa_status fa_source_take(fa_allocator *a, fa_page **out);
void fa_source_publish(fa_allocator *a, fa_page *page);

/* Takes a page back; a span whose pages are all back goes to the backend unless it is the only such one. */
void fa_source_give(fa_allocator *a, fa_page *page);

/* Gives every wholly free span to the backend. */
void fa_source_trim(fa_allocator *a);

void fa_source_dispose(fa_allocator *a);

#endif
