/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lua-engine SCRIPT FRAMES: the engine begins and ends the frames, the script fills them, the engine draws them. */
#include "script.h"

#include <SDL.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 320, HEIGHT = 200 };

typedef struct engine {
    SDL_Window *window;
    SDL_Renderer *renderer;
    fa_allocator *a;
    lua_State *script;
    uint64_t drawn;
} engine;

static bool open_engine(engine *e, const char *path)
{
    if (SDL_Init(SDL_INIT_VIDEO) != 0)
        return false;
    e->window = SDL_CreateWindow("lua-engine", 0, 0, WIDTH, HEIGHT, 0);
    e->renderer = e->window == NULL ? NULL : SDL_CreateRenderer(e->window, -1, SDL_RENDERER_SOFTWARE);
    e->a = fa_allocator_create(NULL);
    if (e->renderer == NULL || e->a == NULL)
        return false;
    e->script = script_open(e->a, path);
    return e->script != NULL;
}

/* The script's state is closed first: what it had registered is taken back, and the allocator stays the engine's. */
static void close_engine(engine *e)
{
    if (e->script != NULL)
        lua_close(e->script);
    if (e->a != NULL)
        fa_allocator_release(e->a);
    if (e->renderer != NULL)
        SDL_DestroyRenderer(e->renderer);
    if (e->window != NULL)
        SDL_DestroyWindow(e->window);
    SDL_Quit();
}

static void draw(engine *e, const spark *sparks, size_t count)
{
    (void)SDL_SetRenderDrawColor(e->renderer, 0, 0, 0, 255);
    (void)SDL_RenderClear(e->renderer);
    for (size_t i = 0; i < count; i++) {
        (void)SDL_SetRenderDrawColor(e->renderer, 255, (Uint8)sparks[i].heat, 0, 255);
        (void)SDL_RenderDrawPointF(e->renderer, sparks[i].x, sparks[i].y);
    }
    SDL_RenderPresent(e->renderer);
    e->drawn += count;
}

/* Sound, on a thread and in frames of its own: the script belongs to the engine's thread, and does not hear of them. */
static int mix_sound(void *user)
{
    fa_allocator *a = user;
    bool good = fa_frame_begin(a) == FA_OK && fa_frame_alloc_zeroed(a, 4096, FA_ALIGN_DEFAULT) != NULL;
    return fa_frame_end(a) == FA_OK && good;
}

static bool with_sound(engine *e)
{
    int good = 0;
    SDL_Thread *thread = SDL_CreateThread(mix_sound, "sound", e->a);
    SDL_WaitThread(thread, &good);
    return good != 0;
}

static bool run_frame(engine *e, int number)
{
    const spark *sparks = NULL;
    size_t count = 0;
    if (!with_sound(e) || fa_frame_begin(e->a) != FA_OK)
        return false;
    bool good = script_update(e->script, number, &sparks, &count);
    if (good)
        draw(e, sparks, count);
    return fa_frame_end(e->a) == FA_OK && good;
}

static void report(engine *e, int frames)
{
    fa_stats stats = FA_STATS_INIT;
    fa_tag_stats tag = FA_TAG_STATS_INIT;
    (void)fa_allocator_stats(e->a, &stats);
    (void)fa_tag_get_stats(e->a, fa_tag_get(e->a, "script::sparks"), &tag);
    printf("%d frames, %" PRIu64 " sparks drawn, %" PRIu64 " bytes under script::sparks, %" PRIu64 " left\n", frames,
           e->drawn, tag.frame_total_bytes, stats.frame.live_bytes);
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: lua-engine SCRIPT FRAMES\n");
        return 2;
    }
    engine e = {0};
    int frames = atoi(arguments[2]);
    bool good = open_engine(&e, arguments[1]);
    for (int i = 1; good && i <= frames; i++)
        good = run_frame(&e, i);
    if (good) {
        report(&e, frames);
        good = script_call(e.script, "report");
    }
    close_engine(&e);
    return good ? 0 : 1;
}
