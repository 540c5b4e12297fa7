/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Handing values over: the simulation builds a list of what is to be drawn in its frame and sends it to the renderer,
 * on another thread. The list is not copied and outlives the simulation's frame. Received, it belongs to the renderer's
 * frame and goes with it; a screenshot is taken and kept. What the simulation does not send goes with its own frame.
 */
#define _POSIX_C_SOURCE 200809L
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum { FRAMES = 1000, SCREENSHOT_EVERY = 100 };

struct draw_list {
    uint32_t frame, count;
    int32_t screenshot;
    struct {
        uint32_t mesh;
        float x, y;
    } items[];
};

struct stage {
    fa_allocator *allocator;
    fa_lane *renderer; /* Who the lists are sent to. */
    sem_t ready, mail;
    struct draw_list *screenshots[FRAMES / SCREENSHOT_EVERY];
    uint32_t kept, misdrawn; /* The renderer's. */
    uint32_t lost;           /* The simulation's. */
};

static int in_order(const struct draw_list *list, uint32_t frame)
{
    if (list == NULL || list->frame != frame)
        return 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].mesh != (frame + i) % 50)
            return 0;
    }
    return 1;
}

static void draw(struct stage *stage, uint32_t frame)
{
    fa_allocator *a = stage->allocator;
    fa_transfer mail = 0;
    size_t size = 0;
    fa_frame_begin(a);
    const struct draw_list *list = NULL;
    if (fa_transfer_next(a, &mail) == FA_OK)
        list = fa_transfer_receive(a, mail, &size);
    stage->misdrawn += !in_order(list, frame) || size < sizeof *list;
    if (list != NULL && list->screenshot)
        stage->screenshots[stage->kept++] = fa_transfer_take(a, mail);
    fa_frame_end(a); /* The list goes, unless it was taken. */
}

static void *render(void *user)
{
    struct stage *stage = user;
    stage->renderer = fa_lane_current(stage->allocator);
    sem_post(&stage->ready);
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        sem_wait(&stage->mail);
        draw(stage, frame);
    }
    return NULL;
}

static struct draw_list *build(fa_allocator *a, uint32_t frame, fa_transfer *id)
{
    uint32_t count = 10 + frame % 200;
    struct draw_list *list = fa_transfer_alloc(a, sizeof *list + count * sizeof list->items[0], FA_ALIGN_DEFAULT, id);
    if (list == NULL)
        return NULL;
    list->frame = frame;
    list->count = count;
    list->screenshot = frame % SCREENSHOT_EVERY == 0;
    for (uint32_t i = 0; i < count; i++) {
        list->items[i].mesh = (frame + i) % 50;
        list->items[i].x = (float)i;
        list->items[i].y = (float)frame;
    }
    return list;
}

static void simulate(struct stage *stage, uint32_t frame)
{
    fa_allocator *a = stage->allocator;
    fa_transfer id = 0, preview = 0;
    fa_frame_begin(a);
    stage->lost += build(a, frame, &id) == NULL || fa_transfer_send_to(a, id, stage->renderer) != FA_OK;
    stage->lost += build(a, frame, &preview) == NULL; /* Nobody wants it. */
    fa_frame_end(a);
    sem_post(&stage->mail);
}

int main(void)
{
    static struct stage stage;
    fa_transfer_stats stats = FA_TRANSFER_STATS_INIT;
    pthread_t renderer;
    stage.allocator = fa_allocator_create(NULL);
    sem_init(&stage.ready, 0, 0);
    sem_init(&stage.mail, 0, 0);
    if (pthread_create(&renderer, NULL, render, &stage) != 0)
        return 1;
    sem_wait(&stage.ready);
    for (uint32_t frame = 0; frame < FRAMES; frame++)
        simulate(&stage, frame);
    pthread_join(renderer, NULL);
    for (uint32_t i = 0; i < stage.kept; i++) {
        stage.misdrawn += !in_order(stage.screenshots[i], i * SCREENSHOT_EVERY);
        fa_release(stage.allocator, stage.screenshots[i]);
    }
    fa_transfer_get_stats(stage.allocator, &stats);
    printf("%llu lists sent, %llu kept, the others gone with their frames\n", (unsigned long long)stats.sent,
           (unsigned long long)stats.taken);
    stage.lost += stats.sent != FRAMES || stats.taken != stage.kept || stats.dropped != 2 * FRAMES - stage.kept;
    fa_allocator_release(stage.allocator);
    return stage.misdrawn + stage.lost != 0;
}
