/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Intrusive doubly linked list with a sentinel. */
#ifndef FA_BASE_LIST_H
#define FA_BASE_LIST_H

#include <stdbool.h>

typedef struct fa_link {
    struct fa_link *next;
    struct fa_link *previous;
} fa_link;

static inline void fa_list_init(fa_link *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool fa_list_empty(const fa_link *list)
{
    return list->next == list;
}

static inline void fa_list_push(fa_link *list, fa_link *link)
{
    link->next = list->next;
    link->previous = list;
    list->next->previous = link;
    list->next = link;
}

static inline void fa_list_append(fa_link *list, fa_link *link)
{
    fa_list_push(list->previous, link);
}

static inline void fa_list_remove(fa_link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    fa_list_init(link);
}

#endif
