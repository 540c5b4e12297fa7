/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A very small engine on SDL: it owns the main loop, and lets the game run code before and after each of its frames. */
#ifndef ENGINE_H
#define ENGINE_H

#include <SDL.h>
#include <stdbool.h>

typedef void (*engine_hook)(void *user);

enum { ENGINE_HOOKS_MAX = 4 };

typedef struct engine_hooks {
    engine_hook functions[ENGINE_HOOKS_MAX];
    void *users[ENGINE_HOOKS_MAX];
    int count;
} engine_hooks;

typedef struct engine {
    SDL_Window *window;
    SDL_Renderer *renderer;
    engine_hooks before_frame; /* not run while the window is minimised */
    engine_hooks after_frame;  /* likewise */
    engine_hooks on_present;   /* run in every turn of the loop */
    int turns;
    bool minimised;
} engine;

bool engine_open(engine *e, const char *title, int width, int height);
void engine_close(engine *e);

/* False if there is no room. */
bool engine_add(engine_hooks *hooks, engine_hook function, void *user);

/* Runs so many turns of the loop, or until the window is closed. draw is called for each frame. */
void engine_run(engine *e, int turns, engine_hook draw, void *user);

#endif
