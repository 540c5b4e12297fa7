/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "script.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

static bool failed(lua_State *script)
{
    fprintf(stderr, "script: %s\n", luaL_tolstring(script, -1, NULL));
    return false;
}

lua_State *script_open(fa_allocator *a, const char *path)
{
    lua_State *script = luaL_newstate();
    if (script == NULL)
        return NULL;
    luaL_openlibs(script);
    lua_pushlightuserdata(script, a);
    lua_setglobal(script, "engine_allocator");
    if (luaL_dofile(script, path) == LUA_OK)
        return script;
    (void)failed(script);
    lua_close(script);
    return NULL;
}

bool script_update(lua_State *script, int frame, const spark **sparks, size_t *count)
{
    lua_getglobal(script, "update");
    lua_pushinteger(script, frame);
    if (lua_pcall(script, 1, 2, 0) != LUA_OK)
        return failed(script);
    *sparks = lua_touserdata(script, -2);
    *count = (size_t)lua_tointeger(script, -1);
    lua_pop(script, 2);
    return *sparks != NULL;
}

bool script_call(lua_State *script, const char *name)
{
    lua_getglobal(script, name);
    return lua_pcall(script, 0, 0, 0) == LUA_OK || failed(script);
}
