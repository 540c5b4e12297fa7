// SPDX-License-Identifier: MIT OR Apache-2.0
// The program says which malloc it runs on: a preload that silently failed must not pass for a peer.
#include <benchmark/benchmark.h>

#include <dlfcn.h>

namespace
{

const char *malloc_in_use()
{
    if (dlsym(RTLD_DEFAULT, "mi_version") != nullptr)
        return "mimalloc";
    if (dlsym(RTLD_DEFAULT, "tc_version") != nullptr)
        return "tcmalloc";
    if (dlsym(RTLD_DEFAULT, "mallocx") != nullptr)
        return "jemalloc";
    return "glibc";
}

} // namespace

int main(int argc, char **argv)
{
    benchmark::AddCustomContext("malloc", malloc_in_use());
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
