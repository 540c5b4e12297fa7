/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An engine that is one static program: the library, and the core of the Lua binding, are part of it. */
#include <framealloc/framealloc.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

int luaopen_framealloc_core(lua_State *state);

static const char script[] = "local fa = require 'framealloc'\n"
                             "local guest = fa.borrow(engine_allocator)\n"
                             "local frame = guest:running_frame()\n"
                             "print(fa.core, frame:zeros('float', 10):len(), guest:stats().frame.live_count)\n";

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    lua_State *state = luaL_newstate();
    if (a == NULL || state == NULL || fa_frame_begin(a) != FA_OK)
        return 1;
    luaL_openlibs(state);
    (void)luaL_getsubtable(state, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(state, luaopen_framealloc_core);
    lua_setfield(state, -2, "framealloc.core");
    lua_pushlightuserdata(state, a);
    lua_setglobal(state, "engine_allocator");
    int bad = luaL_dostring(state, script);
    if (bad)
        fprintf(stderr, "%s\n", lua_tostring(state, -1));
    lua_close(state);
    bad = bad || fa_frame_end(a) != FA_OK || fa_allocator_references(a) != 1;
    fa_allocator_release(a);
    return bad;
}
