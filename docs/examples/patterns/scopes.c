/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Scopes: a frame in phases. Each light's shadow pass is a sub-frame, so that the next one uses the same memory again;
 * captions are put together in scratch memory that goes at the end of its block. A table shows what each phase takes.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

enum { OBJECTS = 4000, LIGHTS = 6 };

struct object {
    float x, y, radius;
};

struct shadow_caster {
    uint32_t object;
    float depth, matrix[14];
};

static uint32_t *cull(fa_allocator *a, const struct object *objects, uint32_t *count)
{
    uint32_t *visible = fa_frame_new(a, uint32_t, OBJECTS);
    *count = 0;
    for (uint32_t i = 0; visible != NULL && i < OBJECTS; i++)
        if (objects[i].x + objects[i].radius > 0)
            visible[(*count)++] = i;
    return visible;
}

static uint32_t cast_shadows(fa_allocator *a, const struct object *objects, float light_y)
{
    uint32_t casters = 0;
    FA_SUBFRAME(a) {
        struct shadow_caster *caster = fa_frame_new(a, struct shadow_caster, OBJECTS);
        if (caster == NULL)
            return 0; /* The sub-frame ends here, too. */
        for (uint32_t i = 0; i < OBJECTS; i++) {
            float distance = objects[i].y - light_y;
            if (distance * distance < 400)
                caster[casters++] = (struct shadow_caster){i, distance, {1}};
        }
    }
    return casters;
}

static size_t draw_captions(fa_allocator *a, const uint32_t *visible, uint32_t count)
{
    size_t length = 0;
    for (uint32_t i = 0; i < count; i += 50) {
        FA_SCRATCH_SCOPE(a) {
            char *caption = fa_scratch_alloc(a, 256, 16);
            if (caption != NULL)
                length += (size_t)snprintf(caption, 256, "object %u", visible[i]);
        }
    }
    return length;
}

static int print_phases(fa_allocator *a)
{
    fa_phase_stats phase = FA_PHASE_STATS_INIT;
    printf("%-16s %8s %10s %10s %8s\n", "phase", "entered", "bytes", "peak", "us");
    for (uint32_t i = 0; i < fa_phase_count(a, FA_PHASES_LAST); i++) {
        if (fa_phase_at(a, FA_PHASES_LAST, i, &phase) != FA_OK)
            return 0;
        printf("%*s%-*s %8u %10llu %10llu %8llu\n", (int)phase.level * 2, "", 16 - (int)phase.level * 2, phase.name,
               phase.entered, (unsigned long long)phase.bytes, (unsigned long long)phase.peak_bytes,
               (unsigned long long)phase.nanoseconds / 1000);
    }
    return 1;
}

int main(void)
{
    static struct object objects[OBJECTS];
    fa_allocator *a = fa_allocator_create(NULL);
    uint32_t wrong = 0, casters = 0, count = 0;
    size_t used = 0, length = 0;
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = (struct object){(float)(i % 80 - 40), (float)(i / 40), 1};
    fa_frame_begin(a);
    FA_PHASE_SCOPE(a, "render") {
        const uint32_t *visible = NULL;
        FA_PHASE_SCOPE(a, "cull") {
            visible = cull(a, objects, &count);
            used = fa_frame_used(a);
        }
        for (int light = 0; light < LIGHTS; light++) {
            FA_PHASE_SCOPE(a, "shadows") {
                casters += cast_shadows(a, objects, (float)light * 15);
            }
        }
        FA_PHASE_SCOPE(a, "captions") {
            length = draw_captions(a, visible, visible == NULL ? 0 : count);
        }
    }
    wrong += fa_frame_used(a) != used || fa_phase_depth(a) != 0; /* Shadows and captions have left nothing behind. */
    fa_frame_end(a);
    fa_phase_stats shadows = FA_PHASE_STATS_INIT;
    wrong += !print_phases(a) || fa_phase_find(a, FA_PHASES_LAST, "shadows", &shadows) != FA_OK;
    wrong += shadows.entered != LIGHTS || shadows.bytes < LIGHTS * OBJECTS * sizeof(struct shadow_caster);
    wrong += shadows.peak_bytes >= 2 * OBJECTS * sizeof(struct shadow_caster) || casters == 0 || length == 0;
    fa_allocator_release(a);
    return wrong != 0;
}
