// SPDX-License-Identifier: MIT OR Apache-2.0
// The boundary between two frames of several workers: the frame ends, all meet, the next frame begins. The same with the
// barrier of the C library, and with one made by hand like std::barrier: an atomic count, and a futex after some yields.
#include "bench.hpp"

#include <atomic>
#include <climits>
#include <cstdint>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

using namespace bench;

fa_allocator *shared()
{
    static allocator a;
    return a;
}

class framealloc_barrier
{
  public:
    explicit framealloc_barrier(unsigned workers)
    {
        must(fa_barrier_create(shared(), "bench", workers, &barrier) == FA_OK);
    }
    ~framealloc_barrier()
    {
        must(fa_barrier_destroy(shared(), barrier) == FA_OK);
    }
    void wait()
    {
        must(fa_barrier_wait(shared(), barrier) == FA_OK);
    }

  private:
    fa_barrier barrier = 0;
};

class pthread_barrier
{
  public:
    explicit pthread_barrier(unsigned workers)
    {
        must(pthread_barrier_init(&barrier, nullptr, workers) == 0);
    }
    ~pthread_barrier()
    {
        pthread_barrier_destroy(&barrier);
    }
    void wait()
    {
        pthread_barrier_wait(&barrier);
    }

  private:
    pthread_barrier_t barrier;
};

class atomic_barrier
{
  public:
    explicit atomic_barrier(unsigned count) : workers(count)
    {
    }
    void wait()
    {
        std::uint32_t now = phase.load(std::memory_order_acquire);
        if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == workers) {
            arrived.store(0, std::memory_order_relaxed);
            phase.store(now + 1, std::memory_order_release);
            futex(FUTEX_WAKE_PRIVATE, INT_MAX);
            return;
        }
        for (int yields = 0; yields < 12 && phase.load(std::memory_order_acquire) == now; yields++)
            sched_yield();
        while (phase.load(std::memory_order_acquire) == now)
            futex(FUTEX_WAIT_PRIVATE, now);
    }

  private:
    void futex(int operation, std::uint32_t value)
    {
        syscall(SYS_futex, &phase, operation, value, nullptr, nullptr, 0);
    }
    const unsigned workers;
    alignas(64) std::atomic<unsigned> arrived{0};
    alignas(64) std::atomic<std::uint32_t> phase{0};
};

// The first thread makes the barrier before all begin, and ends it when all have ended.
template <class barrier> void boundary(benchmark::State &state)
{
    static barrier *meeting;
    if (state.thread_index() == 0)
        meeting = new barrier(static_cast<unsigned>(state.threads()));
    fa_allocator *a = shared();
    fa_frame_begin(a);
    for (auto step : state) {
        (void)step;
        use(fa_frame_alloc(a, block_size, block_align));
        fa_frame_end(a);
        meeting->wait();
        fa_frame_begin(a);
    }
    fa_frame_end(a);
    if (state.thread_index() == 0)
        delete meeting;
}

void workers(benchmark::internal::Benchmark *b)
{
    b->Threads(2)->Threads(4)->Threads(8)->UseRealTime();
}
BENCHMARK_TEMPLATE(boundary, framealloc_barrier)->Name("framealloc/barrier")->Apply(workers);
BENCHMARK_TEMPLATE(boundary, pthread_barrier)->Name("pthread/barrier")->Apply(workers);
BENCHMARK_TEMPLATE(boundary, atomic_barrier)->Name("floor/barrier_by_hand")->Apply(workers);

} // namespace
