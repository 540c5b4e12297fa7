/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Values that one thread writes and any thread may read: relaxed atomics,
 * which cost what plain loads and stores cost. */
#ifndef FA_BASE_COUNTER_H
#define FA_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t fa_counter;
typedef _Atomic uintptr_t fa_address;

#define fa_peek(object) atomic_load_explicit(&(object), memory_order_relaxed)
#define fa_peek_acquire(object) atomic_load_explicit(&(object), memory_order_acquire)
#define fa_poke(object, value) atomic_store_explicit(&(object), (value), memory_order_relaxed)

static inline void fa_counter_add(fa_counter *counter, uint64_t amount)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount, memory_order_relaxed);
}

/* For the few figures that several threads write. */
static inline void fa_counter_add_shared(fa_counter *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static inline void fa_counter_raise(fa_counter *counter, uint64_t value)
{
    if (value > atomic_load_explicit(counter, memory_order_relaxed))
        atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline void fa_counter_raise_shared(fa_counter *counter, uint64_t value)
{
    uint64_t seen = atomic_load_explicit(counter, memory_order_relaxed);
    while (value > seen && !atomic_compare_exchange_weak_explicit(counter, &seen, value, memory_order_relaxed,
                                                                 memory_order_relaxed)) {
    }
}

#endif
