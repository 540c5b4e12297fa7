/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A shower of sparks on an SDL engine whose hooks drive the frames of the allocator.
 *
 *     engine-sdl [--turns N] [--forget pre|post] [--minimise N]
 *
 * --forget leaves a hook out, as a programmer would; --minimise has the engine skip its frame in turn N, which its hooks do
 * not see. Both are named by the library. The result is the number of hooks that were missing, at most 125. */
#include "engine.h"

#include <framealloc/framealloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 320, HEIGHT = 200, SPARKS = 500 };

typedef struct spark {
    float x, y, dx, dy;
} spark;

typedef struct game {
    engine engine;
    fa_allocator *memory;
    spark *sparks; /* as long as the game */
    uint32_t random;
    unsigned long drawn;
    int minimise_in; /* turn, -1 for none */
} game;

static void begin_frame(void *user)
{
    (void)fa_engine_pre_frame(((game *)user)->memory);
}

static void end_frame(void *user)
{
    (void)fa_engine_post_frame(((game *)user)->memory);
}

static void tick(void *user)
{
    game *g = user;
    SDL_Event event = {.window = {.type = SDL_WINDOWEVENT}};
    event.window.event = g->engine.minimised ? SDL_WINDOWEVENT_RESTORED : SDL_WINDOWEVENT_MINIMIZED;
    if (g->engine.minimised || g->engine.turns + 1 == g->minimise_in)
        (void)SDL_PushEvent(&event);
    (void)fa_engine_tick(g->memory);
}

/* A linear congruential generator, with the numbers of Numerical Recipes. */
static float chance(game *g)
{
    g->random = g->random * 1664525u + 1013904223u;
    return (float)(g->random >> 8) / (float)(1u << 24);
}

static void launch(game *g, spark *s)
{
    *s = (spark){WIDTH / 2.0f, HEIGHT / 2.0f, chance(g) * 4.0f - 2.0f, chance(g) * -4.0f};
}

static void move(game *g, spark *s)
{
    s->x += s->dx;
    s->y += s->dy;
    s->dy += 0.1f;
    if (s->y > HEIGHT || s->x < 0.0f || s->x > WIDTH)
        launch(g, s);
}

/* What is seen is put together in the frame, and handed to SDL at once. */
static void draw(void *user)
{
    game *g = user;
    SDL_FPoint *points = fa_frame_alloc(g->memory, SPARKS * sizeof *points, _Alignof(SDL_FPoint));
    if (points == NULL)
        return;
    for (int i = 0; i < SPARKS; i++) {
        move(g, &g->sparks[i]);
        points[i] = (SDL_FPoint){g->sparks[i].x, g->sparks[i].y};
    }
    (void)SDL_SetRenderDrawColor(g->engine.renderer, 255, 200, 80, 255);
    if (SDL_RenderDrawPointsF(g->engine.renderer, points, SPARKS) == 0)
        g->drawn += SPARKS;
}

static bool set_up(game *g, const char *forget)
{
    g->memory = fa_allocator_create(NULL);
    if (g->memory == NULL || fa_engine_attach(g->memory, "SDL engine") != FA_OK)
        return false;
    g->sparks = fa_pool_alloc_array(g->memory, SPARKS, sizeof *g->sparks, _Alignof(spark));
    for (int i = 0; g->sparks != NULL && i < SPARKS; i++)
        launch(g, &g->sparks[i]);
    if (strcmp(forget, "pre") != 0)
        (void)engine_add(&g->engine.before_frame, begin_frame, g);
    if (strcmp(forget, "post") != 0)
        (void)engine_add(&g->engine.after_frame, end_frame, g);
    return g->sparks != NULL && engine_add(&g->engine.on_present, tick, g);
}

static int report(const game *g)
{
    fa_engine_info info = FA_ENGINE_INFO_INIT;
    (void)fa_engine_get_info(g->memory, &info);
    printf("%s: %llu turns, %llu frames, %lu sparks drawn, %llu hooks missing\n", info.name, (unsigned long long)info.ticks,
           (unsigned long long)fa_frame_number(g->memory), g->drawn, (unsigned long long)info.missed);
    return info.missed < 125 ? (int)info.missed : 125;
}

int main(int count, char **arguments)
{
    static game g = {.random = 1, .minimise_in = -1};
    const char *forget = "";
    int turns = 60;
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--turns") == 0)
            turns = atoi(arguments[i + 1]);
        else if (strcmp(arguments[i], "--forget") == 0)
            forget = arguments[i + 1];
        else if (strcmp(arguments[i], "--minimise") == 0)
            g.minimise_in = atoi(arguments[i + 1]);
    }
    if (!engine_open(&g.engine, "sparks", WIDTH, HEIGHT) || !set_up(&g, forget)) {
        fprintf(stderr, "engine-sdl: %s\n", g.memory == NULL ? SDL_GetError() : fa_status_message(fa_last_status()));
        return 126;
    }
    engine_run(&g.engine, turns, draw, &g);
    int missing = report(&g);
    (void)fa_release(g.memory, g.sparks);
    fa_allocator_release(g.memory);
    engine_close(&g.engine);
    return missing;
}
