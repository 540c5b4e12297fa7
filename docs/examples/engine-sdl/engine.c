/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine.h"

bool engine_open(engine *e, const char *title, int width, int height)
{
    *e = (engine){0};
    if (SDL_Init(SDL_INIT_VIDEO) != 0)
        return false;
    e->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height, SDL_WINDOW_RESIZABLE);
    if (e->window != NULL)
        e->renderer = SDL_CreateRenderer(e->window, -1, SDL_RENDERER_SOFTWARE);
    return e->renderer != NULL;
}

void engine_close(engine *e)
{
    SDL_DestroyRenderer(e->renderer);
    SDL_DestroyWindow(e->window);
    SDL_Quit();
}

bool engine_add(engine_hooks *hooks, engine_hook function, void *user)
{
    if (hooks->count == ENGINE_HOOKS_MAX)
        return false;
    hooks->functions[hooks->count] = function;
    hooks->users[hooks->count++] = user;
    return true;
}

static void run(const engine_hooks *hooks)
{
    for (int i = 0; i < hooks->count; i++)
        hooks->functions[i](hooks->users[i]);
}

/* False once the window is closed. */
static bool handle_events(engine *e)
{
    SDL_Event event;
    while (SDL_PollEvent(&event)) {
        if (event.type == SDL_QUIT)
            return false;
        if (event.type != SDL_WINDOWEVENT)
            continue;
        if (event.window.event == SDL_WINDOWEVENT_MINIMIZED)
            e->minimised = true;
        if (event.window.event == SDL_WINDOWEVENT_RESTORED)
            e->minimised = false;
    }
    return true;
}

static void run_frame(engine *e, engine_hook draw, void *user)
{
    run(&e->before_frame);
    (void)SDL_SetRenderDrawColor(e->renderer, 16, 16, 24, 255);
    (void)SDL_RenderClear(e->renderer);
    draw(user);
    run(&e->after_frame);
}

void engine_run(engine *e, int turns, engine_hook draw, void *user)
{
    for (e->turns = 0; e->turns < turns && handle_events(e); e->turns++) {
        if (!e->minimised)
            run_frame(e, draw, user);
        SDL_RenderPresent(e->renderer);
        run(&e->on_present);
    }
}
