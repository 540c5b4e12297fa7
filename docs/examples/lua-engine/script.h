/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The scripts of the game: a state of Lua that allocates from the engine's own frames. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <framealloc/framealloc.h>
#include <lua.h>
#include <stdbool.h>

/* What a script makes for the renderer; laid out as its fa.struct. */
typedef struct spark {
    float x, y;
    int32_t heat;
} spark;

/* Loads a script, which finds the allocator in the global `engine_allocator`; NULL with a message on stderr. */
lua_State *script_open(fa_allocator *a, const char *path);

/* Calls update(frame) of the script. The sparks are memory of the running frame. */
bool script_update(lua_State *script, int frame, const spark **sparks, size_t *count);

/* Calls a function of the script without arguments. */
bool script_call(lua_State *script, const char *name);

#endif
