// SPDX-License-Identifier: MIT OR Apache-2.0
// What the benchmarks share: the block they ask for, how they use it, and an allocator that ends with its scope.
#ifndef BENCH_HPP
#define BENCH_HPP

#include <benchmark/benchmark.h>
#include <framealloc/framealloc.h>

#include <cstdint>
#include <cstdlib>

namespace bench
{

constexpr std::size_t block_size = 64;
constexpr std::size_t block_align = 16;

// Frames, and the arenas of peers, are reset after this many blocks, so that the reset is a small part of each figure.
constexpr std::int64_t blocks_per_frame = 1024;

// Inline arenas are so quick that a frame's own begin and end would still show at that length.
constexpr std::int64_t blocks_per_inline_frame = 4096;

struct block {
    std::uint64_t words[block_size / sizeof(std::uint64_t)];
};

// Every block gets its first 8 bytes written. The block is an input of the asm, so neither the store nor the allocation
// can be dropped. Unlike benchmark::DoNotOptimize it does not clobber all memory, which would force the inline arenas
// to reload their cursors after each block and so measure store forwarding instead of allocation.
inline __attribute__((always_inline)) void use(void *memory)
{
    block *b = static_cast<block *>(memory);
    b->words[0] = 1;
    asm volatile("" : : "r"(b), "m"(*b));
}

inline void must(bool condition)
{
    if (!condition)
        std::abort();
}

// Where a short loop happens to lie changes its speed by up to 40 percent. So each loop is compiled at several places
// and the fastest counts, for floors, peers and framealloc alike. The constant keeps the compiler from folding the
// copies into one.
template <int place> inline __attribute__((always_inline)) void placed()
{
    asm volatile("" : : "i"(place));
}

class allocator
{
  public:
    explicit allocator(const fa_config *config = nullptr) : a(fa_allocator_create(config))
    {
        must(a != nullptr);
    }
    ~allocator()
    {
        fa_allocator_release(a);
    }
    allocator(const allocator &) = delete;
    allocator &operator=(const allocator &) = delete;
    operator fa_allocator *() const
    {
        return a;
    }

  private:
    fa_allocator *a;
};

} // namespace bench

// Registers function<place, ...> under one name for all places.
#define BENCH_PLACES(name, function, ...)                                                                              \
    BENCHMARK_TEMPLATE(function, 0, ##__VA_ARGS__)->Name(name "/place:0");                                             \
    BENCHMARK_TEMPLATE(function, 1, ##__VA_ARGS__)->Name(name "/place:1");                                             \
    BENCHMARK_TEMPLATE(function, 2, ##__VA_ARGS__)->Name(name "/place:2")

#endif
