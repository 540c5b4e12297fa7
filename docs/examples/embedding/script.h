/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A script in Lua whose memory is the engine's: all of it lies under a tag of its own, within a budget. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <framealloc/framealloc.h>
#include <lua.h>
#include <stdbool.h>

typedef struct script {
    fa_tagged memory; /* where Lua allocates; must stay where it is as long as the state is open */
    lua_State *state; /* NULL once the script has failed */
    int update;       /* its function, in the registry of Lua */
    char problem[200];
} script;

/* Runs a file, which returns a function that is called once in each frame. The tag has its budget already. */
bool script_open(script *s, fa_allocator *a, fa_tag tag, const char *path);

/* Calls that function; within a frame. A script that raises an error is closed, and its memory is free again. */
bool script_update(script *s, int frame);

void script_close(script *s);

#endif
