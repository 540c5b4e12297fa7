/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* framealloc.core: the C interface for Lua 5.1 to 5.4, and for LuaJIT without its ffi. */
#ifndef FRAMEALLOC_LUA_CORE_H
#define FRAMEALLOC_LUA_CORE_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*core_address)(void);

/* An exported function. Types: the result's letter, then one for each parameter; i int32, u uint32, U uint64, z size,
 * d double, p pointer, s text, v nothing. Direct: a stub that calls it without libffi. */
typedef struct core_function {
    const char *name;
    core_address address;
    const char *types;
    lua_CFunction direct;
} core_function;

extern const core_function core_functions[];

/* Arguments; what is none raises an error of Lua. A number that no double holds is a text of its 8 bytes, and infinity
 * is UINT64_MAX, which stands for "without limit" throughout. An element is a number of any size, whose fraction is cut
 * off. */
int32_t core_to_int32(lua_State *L, int index);
uint32_t core_to_uint32(lua_State *L, int index);
int64_t core_to_integer(lua_State *L, int index);
int64_t core_to_int64(lua_State *L, int index);
uint64_t core_to_uint64(lua_State *L, int index);
size_t core_to_size(lua_State *L, int index);
double core_to_double(lua_State *L, int index);
void *core_to_pointer(lua_State *L, int index);
const char *core_to_text(lua_State *L, int index);

/* Results: each pushes one value and returns 1. NULL is nil. */
int core_push_int32(lua_State *L, int32_t value);
int core_push_uint32(lua_State *L, uint32_t value);
int core_push_int64(lua_State *L, int64_t value);
int core_push_uint64(lua_State *L, uint64_t value);
int core_push_size(lua_State *L, size_t value);
int core_push_double(lua_State *L, double value);
int core_push_pointer(lua_State *L, const void *value);
int core_push_text(lua_State *L, const char *value);

/* Each adds its part to the module's table, which is on top of the stack. */
void core_add_functions(lua_State *L);
void core_add_memory(lua_State *L);
void core_add_callbacks(lua_State *L);

/* Where the thread of Lua that is in a call of C is noted, for the callbacks of that call. */
lua_State **core_calling(lua_State *L);

void core_add(lua_State *L, const char *name, lua_CFunction function);

#endif
