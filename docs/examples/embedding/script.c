/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "script.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

/* The memory of a state. What is taken through the view belongs to the script's tag, whatever tag is current. */
static void *allocate(void *user, void *block, size_t old_size, size_t size)
{
    const fa_tagged *memory = user;
    if (size == 0) {
        (void)fa_release(memory->allocator, block);
        return NULL;
    }
    if (block == NULL) /* then old_size is no size, but a kind of object */
        return fa_tagged_alloc(memory, FA_INTENT_AUTO, size, FA_ALIGN_DEFAULT);
    void *moved = fa_realloc(memory->allocator, block, size, FA_ALIGN_DEFAULT);
    return moved == NULL && size <= old_size ? block : moved; /* Lua expects that making smaller succeeds */
}

/* trail(points): room for so many points of the running frame, which counts for the same budget. */
static int trail(lua_State *state)
{
    fa_tagged *memory = lua_touserdata(state, lua_upvalueindex(1));
    lua_Integer points = luaL_checkinteger(state, 1);
    luaL_argcheck(state, points > 0, 1, "at least one point is wanted");
    float *x = fa_tagged_frame_new(memory, float, (size_t)points);
    if (x == NULL)
        return luaL_error(state, "trail: %s", fa_status_message(fa_last_status()));
    x[0] = 0;
    lua_pushlightuserdata(state, x);
    return 1;
}

/* Everything that may run out of memory happens in here: an error outside a protected call ends the process. */
static int set_up(lua_State *state)
{
    script *s = lua_touserdata(state, 1);
    const char *path = lua_touserdata(state, 2);
    luaL_openlibs(state);
    lua_pushlightuserdata(state, &s->memory);
    lua_pushcclosure(state, trail, 1);
    lua_setglobal(state, "trail");
    if (luaL_loadfile(state, path) != LUA_OK)
        return lua_error(state);
    lua_call(state, 0, 1);
    luaL_checktype(state, -1, LUA_TFUNCTION);
    s->update = luaL_ref(state, LUA_REGISTRYINDEX);
    return 0;
}

/* Takes the message as it is: to convert a value would allocate. */
static bool fail(script *s)
{
    bool text = lua_type(s->state, -1) == LUA_TSTRING;
    (void)snprintf(s->problem, sizeof s->problem, "%s", text ? lua_tostring(s->state, -1) : "an error that is no text");
    script_close(s);
    return false;
}

bool script_open(script *s, fa_allocator *a, fa_tag tag, const char *path)
{
    *s = (script){.memory = {a, tag}};
    s->state = lua_newstate(allocate, &s->memory);
    if (s->state == NULL) {
        (void)snprintf(s->problem, sizeof s->problem, "no state: %s", fa_status_message(fa_last_status()));
        return false;
    }
    lua_pushcfunction(s->state, set_up);
    lua_pushlightuserdata(s->state, s);
    lua_pushlightuserdata(s->state, (void *)(uintptr_t)path);
    return lua_pcall(s->state, 2, 0, 0) == LUA_OK || fail(s);
}

bool script_update(script *s, int frame)
{
    (void)lua_rawgeti(s->state, LUA_REGISTRYINDEX, s->update);
    lua_pushinteger(s->state, frame);
    return lua_pcall(s->state, 1, 0, 0) == LUA_OK || fail(s);
}

void script_close(script *s)
{
    if (s->state != NULL)
        lua_close(s->state);
    s->state = NULL;
}
