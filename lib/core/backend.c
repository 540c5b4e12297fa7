/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/backend.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "base/os.h"
#include "core/lane.h"
#include "core/report.h"
#include "core/rooms.h"

static int32_t system_allocate(void *user, size_t size, size_t alignment, void **out)
{
    (void)user;
    *out = fa_os_system_allocate(size, alignment);
    return *out == NULL ? FA_BACKEND_FAILED : FA_BACKEND_DONE;
}

static void system_deallocate(void *user, void *memory, size_t size, size_t alignment)
{
    (void)user;
    (void)size;
    (void)alignment;
    fa_os_system_free(memory);
}

static int32_t map(const fa_config *config, size_t size, size_t alignment, void **out)
{
    size_t pages = fa_round_up(size, fa_os_page_size());
    *out = pages < size ? NULL : fa_os_map(pages, alignment);
    if (*out == NULL)
        return FA_BACKEND_FAILED;
    if (config->backend_kind == FA_BACKEND_NUMA)
        fa_os_numa_bind(*out, pages, config->numa_node);
    if (config->mmap_flags & FA_MMAP_HUGE_PAGES)
        fa_os_advise_huge(*out, pages);
    if (config->mmap_flags & FA_MMAP_PREFAULT)
        fa_os_prefault(*out, pages);
    return FA_BACKEND_DONE;
}

static int32_t mmap_allocate(void *user, size_t size, size_t alignment, void **out)
{
    const fa_allocator *a = user;
    return map(&a->config, size, alignment, out);
}

static void mmap_deallocate(void *user, void *memory, size_t size, size_t alignment)
{
    (void)user;
    (void)alignment;
    fa_os_unmap(memory, fa_round_up(size, fa_os_page_size()));
}

void fa_backend_init(fa_allocator *a)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = a->config.budgets ? a->config.memory_limit : 0;
    fa_meter_limit(&a->backend.meter, &budget);
    if (a->config.backend_kind == FA_BACKEND_CUSTOM)
        a->backend.functions = a->config.backend;
    else if (a->config.backend_kind == FA_BACKEND_SYSTEM)
        a->backend.functions = (fa_backend){system_allocate, system_deallocate, NULL};
    else
        a->backend.functions = (fa_backend){mmap_allocate, mmap_deallocate, a};
}

/* The first try of a request asks nobody: unused memory may go back instead. */
static bool charge(fa_allocator *a, size_t size, bool last_try)
{
    fa_meter *meter = &a->backend.meter;
    uint64_t before;
    bool within = fa_meter_try(meter, size, &before);
    if (within || !last_try)
        return within;
    int32_t decision = fa_on_limit_met(a, meter, &(fa_crossing){FA_BUDGET_GLOBAL, 0, 0, before, size});
    bool passes = decision == FA_BUDGET_WARN || decision == FA_BUDGET_ALLOW;
    if (passes)
        fa_meter_add(meter, size);
    return passes;
}

static void granted(fa_allocator *a, size_t size)
{
    fa_meter *meter = &a->backend.meter;
    uint64_t charged = fa_peek(meter->charged);
    fa_counter_add_shared(&a->backend.granted, 1);
    fa_meter_raise(meter, charged);
    if (fa_unlikely(fa_meter_limited(meter)))
        fa_on_limit_passed(a, meter, &(fa_crossing){FA_BUDGET_GLOBAL, 0, 0, charged - size, size});
}

static int32_t ask(fa_allocator *a, size_t size, size_t alignment, fa_memory *out)
{
    const fa_backend *functions = &a->backend.functions;
    void *base = NULL;
    int32_t answer = functions->allocate(functions->user, size, alignment, &base);
    bool fallback = answer == FA_BACKEND_FALLBACK;
    if (fallback) {
        answer = system_allocate(NULL, size, alignment, &base);
        fa_counter_add_shared(&a->backend.fallbacks, 1);
    }
    *out = (fa_memory){base, size, (uint32_t)alignment, fallback};
    return answer;
}

static void return_memory(fa_allocator *a, const fa_memory *memory)
{
    const fa_backend *functions = &a->backend.functions;
    if (memory->from_system)
        system_deallocate(NULL, memory->base, memory->size, memory->alignment);
    else
        functions->deallocate(functions->user, memory->base, memory->size, memory->alignment);
}

/* A backend of the user can be wrong in ways that would corrupt memory later. */
static fa_status inspect(fa_allocator *a, int32_t answer, const fa_memory *memory)
{
    if (answer != FA_BACKEND_DONE)
        return FA_ERROR_OUT_OF_MEMORY;
    if (memory->base == NULL)
        return fa_refuse(a, FA_CODE_BACKEND, FA_ERROR_BACKEND, "allocate said done and gave NULL");
    uintptr_t address = (uintptr_t)memory->base;
    if ((address & (memory->alignment - 1)) == 0)
        return FA_OK;
    return_memory(a, memory);
    return fa_refuse(a, FA_CODE_BACKEND, FA_ERROR_BACKEND, "allocate gave %p, which is not aligned to %u bytes",
                     (void *)memory->base, memory->alignment);
}

static fa_status take_once(fa_allocator *a, size_t size, size_t alignment, bool last_try, fa_memory *out)
{
    if (!charge(a, size, last_try))
        return FA_ERROR_MEMORY_LIMIT;
    int32_t answer = ask(a, size, alignment, out);
    fa_status status = inspect(a, answer, out);
    if (status != FA_OK) {
        fa_meter_subtract(&a->backend.meter, size);
        return status;
    }
    granted(a, size);
    return FA_OK;
}

/* Gives back what this lane and the allocator keep for later. */
static bool reclaim(fa_allocator *a)
{
    uint64_t returned = fa_peek(a->backend.returned);
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL)
        fa_lane_reclaim(lane);
    (void)fa_allocator_trim_shared(a);
    return fa_peek(a->backend.returned) != returned;
}

fa_status fa_backend_take(fa_allocator *a, size_t size, size_t alignment, fa_memory *out)
{
    fa_status status = take_once(a, size, alignment, false, out);
    if (status == FA_OK)
        return FA_OK;
    if (status != FA_ERROR_BACKEND && (reclaim(a) || status == FA_ERROR_MEMORY_LIMIT))
        status = take_once(a, size, alignment, true, out);
    if (status != FA_OK)
        fa_counter_add_shared(&a->backend.failures, 1);
    return status;
}

void fa_backend_give(fa_allocator *a, const fa_memory *memory)
{
    return_memory(a, memory);
    fa_meter_subtract(&a->backend.meter, memory->size);
    fa_counter_add_shared(&a->backend.returned, 1);
}
