/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* libnuma is looked for at run time, so that the library itself needs libc alone. */
#include "base/os.h"

#include <dlfcn.h>
#include <pthread.h>

static struct {
    int (*available)(void);
    int (*max_node)(void);
    void (*to_node)(void *memory, size_t size, int node);
    bool usable;
} numa;

static pthread_once_t numa_once = PTHREAD_ONCE_INIT;

static void load_numa(void)
{
    void *library = dlopen("libnuma.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return;
    *(void **)&numa.available = dlsym(library, "numa_available");
    *(void **)&numa.max_node = dlsym(library, "numa_max_node");
    *(void **)&numa.to_node = dlsym(library, "numa_tonode_memory");
    numa.usable =
        numa.available != NULL && numa.max_node != NULL && numa.to_node != NULL && numa.available() >= 0;
}

bool fa_os_numa_available(void)
{
    (void)pthread_once(&numa_once, load_numa);
    return numa.usable;
}

bool fa_os_numa_has_node(int node)
{
    return fa_os_numa_available() && node >= 0 && node <= numa.max_node();
}

void fa_os_numa_bind(void *memory, size_t size, int node)
{
    numa.to_node(memory, size, node);
}
