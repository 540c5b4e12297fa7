/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which 64 KiB windows of the address space hold pages or large blocks of an allocator. Looked at by slow
 * paths and by debug mode, never by a fast path. Reading takes no lock; writing needs the allocator's. */
#ifndef FA_CORE_REGISTRY_H
#define FA_CORE_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FA_WINDOW_BYTES ((size_t)65536)

typedef enum fa_window_kind {
    FA_WINDOW_NONE = 0,
    FA_WINDOW_PAGE,     /* starts with a fa_page */
    FA_WINDOW_LARGE,    /* starts with a fa_large */
    FA_WINDOW_INTERIOR, /* a later part of a large block */
} fa_window_kind;

/* A radix tree over bits 16 to 47 of the address, a byte of it per level. */
enum { FA_REGISTRY_LEVELS = 4, FA_REGISTRY_FANOUT = 256, FA_REGISTRY_ADDRESS_BITS = 48 };

/* Inner nodes use children, those of the lowest level kinds. */
typedef struct fa_registry_node {
    union {
        _Atomic(struct fa_registry_node *) children[FA_REGISTRY_FANOUT];
        _Atomic unsigned char kinds[FA_REGISTRY_FANOUT];
    };
} fa_registry_node;

typedef struct fa_registry {
    _Atomic(fa_registry_node *) root;
} fa_registry;

/* Makes sure that fa_registry_set() can mark [base, base + size). False without memory, or for addresses
 * beyond the 48 bits that user space has. */
bool fa_registry_reserve(fa_registry *registry, const void *base, size_t size);

/* Marks windows that were reserved. */
void fa_registry_set(fa_registry *registry, const void *base, size_t size, fa_window_kind kind);

/* Calls visit for every window of a kind, in order of address. */
void fa_registry_each(const fa_registry *registry, fa_window_kind kind, void (*visit)(void *context, void *window),
                      void *context);

void fa_registry_dispose(fa_registry *registry);

static inline unsigned fa_registry_index(uintptr_t address, unsigned level)
{
    return (unsigned)(address >> (16 + 8 * (FA_REGISTRY_LEVELS - 1 - level))) & (FA_REGISTRY_FANOUT - 1);
}

static inline fa_registry_node *fa_registry_descend(fa_registry_node *at, uintptr_t address, unsigned level)
{
    if (at == NULL)
        return NULL;
    return atomic_load_explicit(&at->children[fa_registry_index(address, level)], memory_order_acquire);
}

static inline fa_registry_node *fa_registry_leaf(const fa_registry *registry, uintptr_t address)
{
    fa_registry_node *at = atomic_load_explicit(&registry->root, memory_order_acquire);
    for (unsigned level = 0; level < FA_REGISTRY_LEVELS - 1; level++)
        at = fa_registry_descend(at, address, level);
    return at;
}

static inline fa_window_kind fa_registry_kind(const fa_registry *registry, uintptr_t address)
{
    if (address >> FA_REGISTRY_ADDRESS_BITS != 0)
        return FA_WINDOW_NONE;
    const fa_registry_node *leaf = fa_registry_leaf(registry, address);
    if (leaf == NULL)
        return FA_WINDOW_NONE;
    unsigned index = fa_registry_index(address, FA_REGISTRY_LEVELS - 1);
    return (fa_window_kind)atomic_load_explicit(&leaf->kinds[index], memory_order_acquire);
}

/* The window whose header describes block: blocks never start a window, unless their header is in the one before. */
static inline void *fa_window_of(const void *block)
{
    return (void *)(((uintptr_t)block - 1) & ~(FA_WINDOW_BYTES - 1));
}

#endif
