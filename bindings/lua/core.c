/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The module, and values on their way between Lua and C. */
#include "core.h"

#include <math.h>
#include <string.h>

#if LUA_VERSION_NUM < 503
#define EXACT ((uint64_t)1 << 53) /* up to here a double is exact */
#endif

int32_t core_to_int32(lua_State *L, int index)
{
    return (int32_t)luaL_checkinteger(L, index);
}

uint32_t core_to_uint32(lua_State *L, int index)
{
    return (uint32_t)core_to_integer(L, index);
}

static int is_bytes(lua_State *L, int index, void *value, size_t size)
{
    size_t length = 0;
    if (lua_type(L, index) != LUA_TSTRING || lua_tolstring(L, index, &length) == NULL || length != size)
        return 0;
    memcpy(value, lua_tostring(L, index), size);
    return 1;
}

/* Numbers beyond the range become its ends, and one that is none becomes 0. */
int64_t core_to_integer(lua_State *L, int index)
{
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, index))
        return (int64_t)lua_tointeger(L, index);
#endif
    double number = luaL_checknumber(L, index);
    if (number >= 9223372036854775808.0)
        return INT64_MAX;
    if (number < -9223372036854775808.0)
        return INT64_MIN;
    return number == number ? (int64_t)number : 0;
}

int64_t core_to_int64(lua_State *L, int index)
{
    int64_t value = 0;
    return is_bytes(L, index, &value, sizeof value) ? value : core_to_integer(L, index);
}

static uint64_t from_number(lua_State *L, int index)
{
    double number = luaL_checknumber(L, index);
    if (number < 0 || number != number)
        luaL_argerror(L, index, "a number that is not negative is wanted");
    return number >= 18446744073709551616.0 ? UINT64_MAX : (uint64_t)number;
}

uint64_t core_to_uint64(lua_State *L, int index)
{
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, index))
        return (uint64_t)lua_tointeger(L, index);
#endif
    uint64_t value = 0;
    if (is_bytes(L, index, &value, sizeof value))
        return value;
    luaL_argcheck(L, lua_type(L, index) != LUA_TSTRING, index, "this is no id");
    return from_number(L, index);
}

size_t core_to_size(lua_State *L, int index)
{
    return (size_t)from_number(L, index);
}

double core_to_double(lua_State *L, int index)
{
    return luaL_checknumber(L, index);
}

void *core_to_pointer(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TNONE:
        return NULL;
    case LUA_TUSERDATA:
    case LUA_TLIGHTUSERDATA:
        return lua_touserdata(L, index);
    case LUA_TSTRING: /* to be read only */
        return (void *)(uintptr_t)lua_tostring(L, index);
    default:
        luaL_argerror(L, index, "memory is wanted");
        return NULL;
    }
}

const char *core_to_text(lua_State *L, int index)
{
    return luaL_optstring(L, index, NULL);
}

int core_push_int32(lua_State *L, int32_t value)
{
    lua_pushinteger(L, value);
    return 1;
}

int core_push_uint32(lua_State *L, uint32_t value)
{
    lua_pushinteger(L, value);
    return 1;
}

int core_push_int64(lua_State *L, int64_t value)
{
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, (lua_Integer)value);
#else
    if (value <= (int64_t)EXACT && value >= -(int64_t)EXACT)
        lua_pushnumber(L, (lua_Number)value);
    else
        lua_pushlstring(L, (const char *)&value, sizeof value);
#endif
    return 1;
}

int core_push_uint64(lua_State *L, uint64_t value)
{
    if (value == UINT64_MAX)
        lua_pushnumber(L, (lua_Number)HUGE_VAL);
#if LUA_VERSION_NUM >= 503
    else
        lua_pushinteger(L, (lua_Integer)value);
#else
    else if (value <= EXACT)
        lua_pushnumber(L, (lua_Number)value);
    else
        lua_pushlstring(L, (const char *)&value, sizeof value);
#endif
    return 1;
}

int core_push_size(lua_State *L, size_t value)
{
    return core_push_uint64(L, value);
}

int core_push_double(lua_State *L, double value)
{
    lua_pushnumber(L, value);
    return 1;
}

int core_push_pointer(lua_State *L, const void *value)
{
    if (value == NULL)
        lua_pushnil(L);
    else
        lua_pushlightuserdata(L, (void *)(uintptr_t)value);
    return 1;
}

int core_push_text(lua_State *L, const char *value)
{
    lua_pushstring(L, value); /* nil for NULL */
    return 1;
}

void core_add(lua_State *L, const char *name, lua_CFunction function)
{
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

/* The one name that the module shows. */
__attribute__((visibility("default"))) int luaopen_framealloc_core(lua_State *L);

int luaopen_framealloc_core(lua_State *L)
{
    lua_newtable(L);
    core_add_callbacks(L);
    core_add_functions(L);
    core_add_memory(L);
    lua_pushliteral(L, "c");
    lua_setfield(L, -2, "name");
    return 1;
}
