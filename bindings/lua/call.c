/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls: a stub for each short function, libffi for the others. */
#include "core.h"

#include <ffi.h>
#include <lualib.h>
#include <string.h>

enum { PARAMETERS_MAX = 8 };

/* A callback has to run on the thread of Lua that made the call, or LuaJIT's traces go on with the wrong one. A stub
 * does not note which that is, so LuaJIT has none. */
#ifdef LUA_JITLIBNAME
enum { STUBS = 0 };
#else
enum { STUBS = 1 };
#endif

typedef union value {
    int32_t i32;
    uint32_t u32;
    uint64_t u64;
    size_t size;
    double f64;
    void *pointer;
    const char *text;
    ffi_arg word; /* libffi widens small results to this */
} value;

/* A function as libffi knows it; prepared when it is first asked for, and kept by its closure. */
typedef struct prepared {
    ffi_cif cif;
    ffi_type *types[PARAMETERS_MAX];
    const core_function *function;
    lua_State **calling;
} prepared;

static ffi_type *type_of(char letter)
{
    switch (letter) {
    case 'i':
        return &ffi_type_sint32;
    case 'u':
        return &ffi_type_uint32;
    case 'U':
    case 'z':
        return &ffi_type_uint64;
    case 'd':
        return &ffi_type_double;
    case 'v':
        return &ffi_type_void;
    default:
        return &ffi_type_pointer;
    }
}

static value argument(lua_State *L, char letter, int index)
{
    switch (letter) {
    case 'i':
        return (value){.i32 = core_to_int32(L, index)};
    case 'u':
        return (value){.u32 = core_to_uint32(L, index)};
    case 'U':
        return (value){.u64 = core_to_uint64(L, index)};
    case 'z':
        return (value){.size = core_to_size(L, index)};
    case 'd':
        return (value){.f64 = core_to_double(L, index)};
    case 's':
        return (value){.text = core_to_text(L, index)};
    default:
        return (value){.pointer = core_to_pointer(L, index)};
    }
}

static int push(lua_State *L, char letter, const value *result)
{
    switch (letter) {
    case 'v':
        return 0;
    case 'i':
        return core_push_int32(L, (int32_t)result->word);
    case 'u':
        return core_push_uint32(L, (uint32_t)result->word);
    case 'U':
    case 'z':
        return core_push_uint64(L, result->u64);
    case 'd':
        return core_push_double(L, result->f64);
    case 's':
        return core_push_text(L, result->text);
    default:
        return core_push_pointer(L, result->pointer);
    }
}

static int call(lua_State *L)
{
    prepared *known = lua_touserdata(L, lua_upvalueindex(1));
    const char *types = known->function->types;
    value values[PARAMETERS_MAX], result = {0};
    void *places[PARAMETERS_MAX];
    for (int i = 0; types[i + 1] != '\0'; i++) {
        values[i] = argument(L, types[i + 1], i + 1);
        places[i] = &values[i];
    }
    lua_State *before = *known->calling;
    *known->calling = L;
    ffi_call(&known->cif, known->function->address, &result, places);
    *known->calling = before;
    return push(L, types[0], &result);
}

static int prepare(lua_State *L, const core_function *function)
{
    prepared *made = lua_newuserdata(L, sizeof *made);
    unsigned count = (unsigned)strlen(function->types) - 1;
    made->function = function;
    made->calling = core_calling(L);
    if (count > PARAMETERS_MAX)
        return luaL_error(L, "%s takes too many arguments", function->name);
    for (unsigned i = 0; i < count; i++)
        made->types[i] = type_of(function->types[i + 1]);
    if (ffi_prep_cif(&made->cif, FFI_DEFAULT_ABI, count, type_of(function->types[0]), made->types) != FFI_OK)
        return luaL_error(L, "libffi cannot call %s", function->name);
    lua_pushcclosure(L, call, 1);
    return 1;
}

/* __index of the table of functions: makes the one that is wanted, and keeps it there. */
static int find(lua_State *L)
{
    const char *name = luaL_checkstring(L, 2);
    const core_function *function = core_functions;
    while (function->name != NULL && strcmp(function->name, name) != 0)
        function++;
    if (function->name == NULL)
        return luaL_error(L, "the library has no function %s", name);
    if (STUBS && function->direct != NULL)
        lua_pushcfunction(L, function->direct);
    else
        prepare(L, function);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

void core_add_functions(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    core_add(L, "__index", find);
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "raw");
}
