/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Budgets: effects and textures may only have so much. Particles over their budget come from the heap, so that a frame
 * with too many is slower but whole; a texture over its budget is refused, and a smaller one is taken.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>

enum { TEXTURES = 10, FRAMES = 60 };

struct particle {
    float position[3], velocity[3], age, size;
};

static int set_budget(fa_allocator *a, const char *path, uint64_t soft, uint64_t hard, int32_t policy)
{
    fa_budget budget = FA_BUDGET_INIT;
    fa_tag tag = fa_tag_get(a, path);
    budget.soft_limit = soft;
    budget.hard_limit = hard;
    budget.policy = policy;
    return tag != 0 && fa_budget_set_tag(a, tag, &budget) == FA_OK;
}

/* The best mip level that the budget allows. */
static void *load_texture(fa_allocator *a, uint32_t side, uint32_t *loaded)
{
    void *texels = NULL;
    FA_TAG_SCOPE(a, "textures") {
        for (; texels == NULL && side >= 64; side /= 2) {
            texels = fa_heap_try_alloc(a, (size_t)side * side * 4, 64);
            *loaded = texels == NULL ? 0 : side;
        }
    }
    return texels;
}

static uint32_t emit_particles(fa_allocator *a, uint32_t emitters)
{
    uint32_t count = 0;
    FA_TAG_SCOPE(a, "particles") {
        for (uint32_t i = 0; i < emitters; i++) {
            struct particle *burst = fa_frame_new(a, struct particle, 256);
            for (int k = 0; burst != NULL && k < 256; k++, count++)
                burst[k] = (struct particle){{0, (float)k, 0}, {1, 0, 1}, 0, 1};
        }
    }
    return count;
}

struct seen {
    uint32_t soft, hard, promoted;
};

static void poll_events(fa_allocator *a, struct seen *seen)
{
    fa_budget_event events[16];
    size_t count;
    while (fa_budget_poll(a, events, 16, &count, NULL) == FA_OK && count != 0)
        for (size_t i = 0; i < count; i++) {
            seen->soft += events[i].kind == FA_BUDGET_EVENT_SOFT;
            seen->hard += events[i].kind == FA_BUDGET_EVENT_HARD;
            seen->promoted += events[i].kind == FA_BUDGET_EVENT_HARD && events[i].decision == FA_BUDGET_PROMOTE;
        }
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct seen seen = {0};
    void *textures[TEXTURES];
    uint32_t wrong = 0, whole = 0, smaller = 0;
    wrong += !set_budget(a, "particles", 48 << 10, 96 << 10, FA_BUDGET_PROMOTE);
    wrong += !set_budget(a, "textures", 0, 8 << 20, FA_BUDGET_FAIL);
    for (int i = 0; i < TEXTURES; i++) {
        uint32_t side = 0;
        textures[i] = load_texture(a, 512, &side);
        wrong += textures[i] == NULL;
        whole += side == 512;
        smaller += side != 0 && side < 512;
    }
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        uint32_t emitters = frame < 50 ? frame / 5 : 16; /* An explosion in the last ten frames. */
        fa_frame_begin(a);
        wrong += emit_particles(a, emitters) != emitters * 256;
        fa_frame_end(a);
        poll_events(a, &seen);
    }
    fa_budget_usage particles = FA_BUDGET_USAGE_INIT, texels = FA_BUDGET_USAGE_INIT;
    wrong += fa_budget_get_tag(a, fa_tag_find(a, "particles"), &particles) != FA_OK || particles.used != 0;
    wrong += fa_budget_get_tag(a, fa_tag_find(a, "textures"), &texels) != FA_OK || texels.used > texels.hard_limit;
    wrong += seen.soft == 0 || seen.promoted == 0 || texels.denied == 0 || smaller == 0;
    printf("particles: %llu bytes at most, soft limit passed %llu times, hard limit met %llu times; %u events\n",
           (unsigned long long)particles.peak, (unsigned long long)particles.soft_hits,
           (unsigned long long)particles.hard_hits, seen.soft + seen.hard);
    printf("textures: %u whole, %u smaller, %llu of %llu bytes, %llu requests refused\n", whole, smaller,
           (unsigned long long)texels.used, (unsigned long long)texels.hard_limit, (unsigned long long)texels.denied);
    for (int i = 0; i < TEXTURES; i++)
        wrong += fa_release(a, textures[i]) != FA_OK;
    fa_allocator_release(a);
    return wrong != 0;
}
