/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/registry.h"

#include <stdlib.h>

enum { LEVELS = FA_REGISTRY_LEVELS, FANOUT = FA_REGISTRY_FANOUT, ADDRESS_BITS = FA_REGISTRY_ADDRESS_BITS, WINDOW_BITS = 16 };

typedef struct fa_registry_node node;

static node *make_node(_Atomic(node *) *place, size_t size)
{
    node *found = atomic_load_explicit(place, memory_order_relaxed);
    if (found != NULL)
        return found;
    found = calloc(1, size);
    atomic_store_explicit(place, found, memory_order_release);
    return found;
}

static bool reserve_window(fa_registry *registry, uintptr_t address)
{
    node *at = make_node(&registry->root, sizeof(node));
    for (unsigned level = 0; at != NULL && level < LEVELS - 1; level++) {
        size_t size = level + 1 == LEVELS - 1 ? FANOUT : sizeof(node);
        at = make_node(&at->children[fa_registry_index(address, level)], size);
    }
    return at != NULL;
}

bool fa_registry_reserve(fa_registry *registry, const void *base, size_t size)
{
    uintptr_t end = (uintptr_t)base + size;
    if (end < size || end >> ADDRESS_BITS != 0)
        return false;
    for (uintptr_t address = (uintptr_t)base; address < end; address += FA_WINDOW_BYTES) {
        if (!reserve_window(registry, address))
            return false;
    }
    return true;
}

void fa_registry_set(fa_registry *registry, const void *base, size_t size, fa_window_kind kind)
{
    uintptr_t end = (uintptr_t)base + size;
    for (uintptr_t address = (uintptr_t)base; address < end; address += FA_WINDOW_BYTES) {
        node *leaf = fa_registry_leaf(registry, address);
        atomic_store_explicit(&leaf->kinds[fa_registry_index(address, LEVELS - 1)], (unsigned char)kind, memory_order_release);
    }
}

typedef struct fa_visit {
    fa_window_kind kind;
    void (*function)(void *context, void *window);
    void *context;
} fa_visit;

static void visit_leaf(node *leaf, uintptr_t prefix, const fa_visit *visit)
{
    for (unsigned i = 0; i < FANOUT; i++) {
        if (atomic_load_explicit(&leaf->kinds[i], memory_order_acquire) == visit->kind)
            visit->function(visit->context, (void *)(prefix | (uintptr_t)i << WINDOW_BITS));
    }
}

static void visit_node(node *at, unsigned level, uintptr_t prefix, const fa_visit *visit)
{
    if (at == NULL)
        return;
    if (level == LEVELS - 1) {
        visit_leaf(at, prefix, visit);
        return;
    }
    for (unsigned i = 0; i < FANOUT; i++) {
        uintptr_t part = (uintptr_t)i << (WINDOW_BITS + 8 * (LEVELS - 1 - level));
        visit_node(atomic_load_explicit(&at->children[i], memory_order_acquire), level + 1, prefix | part, visit);
    }
}

void fa_registry_each(const fa_registry *registry, fa_window_kind kind, void (*function)(void *context, void *window),
                      void *context)
{
    fa_visit visit = {kind, function, context};
    visit_node(atomic_load_explicit(&registry->root, memory_order_acquire), 0, 0, &visit);
}

static void free_node(node *at, unsigned level)
{
    if (at == NULL)
        return;
    for (unsigned i = 0; level < LEVELS - 1 && i < FANOUT; i++)
        free_node(atomic_load_explicit(&at->children[i], memory_order_relaxed), level + 1);
    free(at);
}

void fa_registry_dispose(fa_registry *registry)
{
    free_node(atomic_load_explicit(&registry->root, memory_order_relaxed), 0);
    atomic_store_explicit(&registry->root, NULL, memory_order_relaxed);
}
