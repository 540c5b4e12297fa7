/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct slot {
    void *block;
    int used;
};

struct table {
    struct slot slots[4];
    int count;
};

static void put(struct table *table, void *block)
{
    struct slot *slot = &table->slots[0];
    slot->block = block;
    slot->used = 1;
    table->count++;
}

static void clear(fa_allocator *a, struct table *table)
{
    if (table->slots[0].used) {
        fa_release(a, table->slots[0].block);
        table->count--;
    }
}

static int run(fa_allocator *a, struct table *table, int retries)
{
    put(table, fa_pool_alloc(a, 48, 16));
    while (retries-- > 0) {
        if (table->count > 3)
            break;
        if (retries == 2)
            continue;
        clear(a, table); // expect: FA612
    }
    return table->count;
}

int main(void)
{
    struct table table = {{{NULL, 0}}, 0};
    fa_allocator *a = fa_allocator_create(NULL);
    int count = run(a, &table, 5);
    fa_allocator_release(a);
    return count;
}
