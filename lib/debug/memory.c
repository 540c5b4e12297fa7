/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/memory.h"

#include "base/bits.h"
#include "base/os.h"

enum { SLAB_BYTES = 256 * 1024, GRAIN = 16 };

static bool add_slab(fa_debug_shared *shared, size_t bytes)
{
    size_t whole = fa_round_up(fa_max(bytes + GRAIN, SLAB_BYTES), fa_os_page_size());
    fa_debug_slab *slab = fa_os_map(whole, GRAIN);
    if (slab == NULL)
        return false;
    *slab = (fa_debug_slab){shared->memory.slabs, whole};
    shared->memory.slabs = slab;
    shared->memory.free = (unsigned char *)slab + GRAIN;
    shared->memory.end = (unsigned char *)slab + whole;
    fa_counter_add(&shared->overhead, whole);
    return true;
}

void *fa_debug_memory_take(fa_debug_shared *shared, size_t bytes)
{
    fa_debug_memory *memory = &shared->memory;
    size_t rounded = fa_round_up(bytes, GRAIN);
    if (rounded > (size_t)(memory->end - memory->free) && !add_slab(shared, rounded))
        return NULL;
    void *taken = memory->free;
    memory->free += rounded;
    return taken;
}

void fa_debug_memory_dispose(fa_debug_shared *shared)
{
    while (shared->memory.slabs != NULL) {
        fa_debug_slab *slab = shared->memory.slabs;
        shared->memory.slabs = slab->next;
        fa_os_unmap(slab, slab->bytes);
    }
}
