/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct agent {
    int state;
    float *field;
    struct agent *next;
};

static int think(struct agent *agent)
{
    switch (agent->state) {
    case 0:
        agent->state = 1;
        return 1;
    case 1:
        if (agent->field == NULL)
            goto idle;
        agent->state = 2;
        return 1;
    default:
        break;
    }
idle:
    agent->state = 0;
    return 0;
}

int run(fa_allocator *a, struct agent *agents)
{
    int busy = 0;
    fa_tag_push_name(a, "ai");
    for (struct agent *agent = agents; agent != NULL; agent = agent->next) {
        if (!think(agent))
            continue;
        busy++;
        if (agent->field != NULL)
            continue;
        fa_tag_push_name(a, "memory");
        agent->field = fa_pool_alloc(a, 256, 16);
        fa_tag_pop(a);
    }
    fa_tag_pop(a);
    return busy;
}
