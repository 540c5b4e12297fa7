// SPDX-License-Identifier: MIT OR Apache-2.0
// One thread makes a value, another one gets it and lets it go: a transfer, beside malloc, memcpy into the block, and
// free. What travels from thread to thread, an id or a pointer, does so through the same queue.
#include "bench.hpp"

#include <sched.h>

#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace
{

using namespace bench;

constexpr std::uint64_t slots = 256;
constexpr std::uint64_t values_per_frame = 64;
constexpr int spins_before_yield = 1000;

// Waiting must not keep the other side off the processor when both share one.
template <typename Condition> void wait_until(Condition condition)
{
    for (int spins = 0; !condition(); spins++) {
        if (spins > spins_before_yield)
            sched_yield();
    }
}

class queue
{
  public:
    void put(std::uint64_t word)
    {
        std::uint64_t mine = sent.load(std::memory_order_relaxed);
        wait_until([&] { return mine - received.load(std::memory_order_acquire) < slots; });
        ring[mine % slots] = word;
        sent.store(mine + 1, std::memory_order_release);
    }
    std::uint64_t get()
    {
        std::uint64_t mine = received.load(std::memory_order_relaxed);
        wait_until([&] { return sent.load(std::memory_order_acquire) != mine; });
        std::uint64_t word = ring[mine % slots];
        received.store(mine + 1, std::memory_order_release);
        return word;
    }

  private:
    alignas(128) std::atomic<std::uint64_t> sent{0};
    alignas(128) std::atomic<std::uint64_t> received{0};
    std::array<std::uint64_t, slots> ring;
};

// Values are written where they are made and read where they arrive, whole.
std::uint64_t sum(const void *value, std::size_t size)
{
    std::uint64_t total = 0;
    const auto *words = static_cast<const std::uint64_t *>(value);
    for (std::size_t i = 0; i < size / sizeof *words; i++)
        total += words[i];
    return total;
}

template <typename Make, typename Get> void hand_over(benchmark::State &state, Make make, Get get)
{
    queue words;
    std::uint64_t total = 0;
    std::thread receiver([&] {
        while (std::uint64_t word = words.get())
            total += get(word);
    });
    for (auto _ : state)
        words.put(make());
    words.put(0);
    receiver.join();
    benchmark::DoNotOptimize(total);
}

// The value is built in place and taken by the receiver.
void framealloc(benchmark::State &state)
{
    allocator a;
    const auto size = static_cast<std::size_t>(state.range(0));
    std::uint64_t made = 0;
    must(fa_frame_begin(a) == FA_OK);
    hand_over(
        state,
        [&]() -> std::uint64_t {
            if (++made % values_per_frame == 0) {
                fa_frame_end(a);
                fa_frame_begin(a);
            }
            fa_transfer id = 0;
            void *value = fa_transfer_alloc(a, size, block_align, &id);
            must(value != nullptr);
            std::memset(value, static_cast<int>(made), size);
            must(fa_transfer_send(a, id) == FA_OK);
            return id;
        },
        [&](std::uint64_t id) {
            must(fa_transfer_receive(a, id, nullptr) != nullptr);
            void *value = fa_transfer_take(a, id);
            std::uint64_t read = sum(value, size);
            fa_release(a, value);
            return read;
        });
    must(fa_frame_end(a) == FA_OK);
}
BENCHMARK(framealloc)->Name("framealloc/transfer")->Arg(64)->Arg(65536)->UseRealTime();

// The value is built in memory of the frame, which is used again, and copied into a block that can travel.
void malloc_and_copy(benchmark::State &state)
{
    const auto size = static_cast<std::size_t>(state.range(0));
    std::vector<std::uint64_t> original(size / sizeof(std::uint64_t));
    std::uint64_t made = 0;
    hand_over(
        state,
        [&] {
            std::memset(original.data(), static_cast<int>(++made), size);
            void *value = std::malloc(size);
            must(value != nullptr);
            std::memcpy(value, original.data(), size);
            return reinterpret_cast<std::uint64_t>(value);
        },
        [&](std::uint64_t word) {
            void *value = reinterpret_cast<void *>(word);
            std::uint64_t read = sum(value, size);
            std::free(value);
            return read;
        });
}
BENCHMARK(malloc_and_copy)->Name("malloc/transfer")->Arg(64)->Arg(65536)->UseRealTime();

} // namespace
