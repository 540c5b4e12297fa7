/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

struct setup {
    fa_allocator *allocator;
    unsigned workers;
    int quiet;
};

static unsigned capacity_for(unsigned workers)
{
    unsigned capacity = 16;
    while (capacity < workers * 8)
        capacity *= 2;
    return capacity;
}

int set_up(struct setup *setup)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    unsigned capacity = capacity_for(setup->workers);
    if (setup->allocator == NULL)
        return -1;
    config.mode = FA_DEFERRED_EXPLICIT;
    config.warning_threshold = capacity / 2;
    for (unsigned i = 0; i < setup->workers; i++)
        config.per_allocation += i;
    if (!setup->quiet)
        printf("%u\n", capacity);
    if (fa_deferred_configure(setup->allocator, &config) != FA_OK) // expect: FA204
        return -1;
    return 0;
}
