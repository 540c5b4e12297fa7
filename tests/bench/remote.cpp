// SPDX-License-Identifier: MIT OR Apache-2.0
// One thread allocates, another releases. Blocks travel in batches, so that the hand-over costs little beside them.
#include "bench.hpp"

#include <sched.h>

#include <array>
#include <atomic>
#include <thread>

namespace
{

using namespace bench;

constexpr std::int64_t batch_size = 64;
constexpr std::uint64_t slots = 16;
constexpr int spins_before_yield = 1000;

using batch = std::array<void *, batch_size>;

// Waiting must not keep the other side off the processor when both share one.
template <typename Condition> void wait_until(Condition condition)
{
    for (int spins = 0; !condition(); spins++) {
        if (spins > spins_before_yield)
            sched_yield();
    }
}

class channel
{
  public:
    batch &next_free()
    {
        std::uint64_t mine = sent.load(std::memory_order_relaxed);
        wait_until([&] { return mine - received.load(std::memory_order_acquire) < slots; });
        return ring[mine % slots];
    }
    void send()
    {
        sent.store(sent.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    void close()
    {
        closed.store(true, std::memory_order_release);
    }

    // Calls the function with each batch until the channel is closed and drained.
    template <typename Function> void receive_all(Function function)
    {
        for (std::uint64_t mine = 0;; mine++) {
            bool done = false;
            wait_until([&] {
                done = closed.load(std::memory_order_acquire);
                return done || sent.load(std::memory_order_acquire) != mine;
            });
            if (sent.load(std::memory_order_acquire) == mine)
                return;
            function(ring[mine % slots]);
            received.store(mine + 1, std::memory_order_release);
        }
    }

  private:
    alignas(128) std::atomic<std::uint64_t> sent{0};
    alignas(128) std::atomic<std::uint64_t> received{0};
    alignas(128) std::atomic<bool> closed{false};
    std::array<batch, slots> ring;
};

template <typename Take, typename Give> void produce_and_consume(benchmark::State &state, Take take, Give give)
{
    channel blocks;
    std::thread consumer([&] {
        blocks.receive_all([&](batch &received) {
            for (void *block : received)
                give(block);
        });
    });
    while (state.KeepRunningBatch(batch_size)) {
        for (void *&block : blocks.next_free())
            use(block = take());
        blocks.send();
    }
    blocks.close();
    consumer.join();
}

void framealloc(benchmark::State &state)
{
    allocator a;
    produce_and_consume(
        state, [&] { return fa_pool_alloc(a, block_size, block_align); }, [&](void *block) { fa_release(a, block); });
}
BENCHMARK(framealloc)->Name("framealloc/remote")->UseRealTime();

void malloc_and_free(benchmark::State &state)
{
    produce_and_consume(
        state, [] { return std::malloc(block_size); }, [](void *block) { std::free(block); });
}
BENCHMARK(malloc_and_free)->Name("malloc/remote")->UseRealTime();

} // namespace
