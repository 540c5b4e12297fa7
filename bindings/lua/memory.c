/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory as Lua reads and writes it: elements of a kind, texts, buffers. Bounds are the Lua module's business. */
#include "core.h"

#include <framealloc/frame.h>
#include <framealloc/magazine.h>
#include <framealloc/window.h>
#include <string.h>

typedef void *any;
typedef const char *words;

/* What stays in memory: not a text, which Lua may collect. */
static void *to_memory(lua_State *L, int index)
{
    luaL_argcheck(L, lua_type(L, index) != LUA_TSTRING, index, "memory is wanted");
    return core_to_pointer(L, index);
}

#define KINDS(X)                                                                                                       \
    X(i8, int8_t, (int8_t)core_to_integer(L, index), lua_pushinteger(L, value))                                        \
    X(u8, uint8_t, (uint8_t)core_to_integer(L, index), lua_pushinteger(L, value))                                      \
    X(i16, int16_t, (int16_t)core_to_integer(L, index), lua_pushinteger(L, value))                                     \
    X(u16, uint16_t, (uint16_t)core_to_integer(L, index), lua_pushinteger(L, value))                                   \
    X(i32, int32_t, (int32_t)core_to_integer(L, index), lua_pushinteger(L, value))                                     \
    X(u32, uint32_t, (uint32_t)core_to_integer(L, index), core_push_uint32(L, value))                                  \
    X(i64, int64_t, core_to_int64(L, index), core_push_int64(L, value))                                                \
    X(u64, uint64_t, core_to_uint64(L, index), core_push_uint64(L, value))                                             \
    X(size, size_t, core_to_size(L, index), core_push_size(L, value))                                                  \
    X(f32, float, (float)luaL_checknumber(L, index), lua_pushnumber(L, (lua_Number)value))                             \
    X(f64, double, luaL_checknumber(L, index), lua_pushnumber(L, value))                                               \
    X(ptr, any, to_memory(L, index), core_push_pointer(L, value))                                                      \
    X(text, words, core_to_text(L, index), core_push_text(L, value))

/* Each kind: get(memory, i), set(memory, i, value), read(memory, first, count), write(memory, first, list, count),
 * fill(memory, first, count, value); elements count from 0. */
#define ACCESS(name, type, to, push)                                                                                   \
    static type to_##name(lua_State *L, int index)                                                                     \
    {                                                                                                                  \
        return to;                                                                                                     \
    }                                                                                                                  \
    static void push_##name(lua_State *L, type value)                                                                  \
    {                                                                                                                  \
        push;                                                                                                          \
    }                                                                                                                  \
    static int get_##name(lua_State *L)                                                                                \
    {                                                                                                                  \
        push_##name(L, ((type *)core_to_pointer(L, 1))[luaL_checkinteger(L, 2)]);                                      \
        return 1;                                                                                                      \
    }                                                                                                                  \
    static int set_##name(lua_State *L)                                                                                \
    {                                                                                                                  \
        ((type *)core_to_pointer(L, 1))[luaL_checkinteger(L, 2)] = to_##name(L, 3);                                    \
        return 0;                                                                                                      \
    }                                                                                                                  \
    static int read_##name(lua_State *L)                                                                               \
    {                                                                                                                  \
        const type *from = (type *)core_to_pointer(L, 1) + luaL_checkinteger(L, 2);                                    \
        int count = (int)luaL_checkinteger(L, 3);                                                                      \
        lua_createtable(L, count, 0);                                                                                  \
        for (int i = 0; i < count; i++) {                                                                              \
            push_##name(L, from[i]);                                                                                   \
            lua_rawseti(L, -2, i + 1);                                                                                 \
        }                                                                                                              \
        return 1;                                                                                                      \
    }                                                                                                                  \
    static int write_##name(lua_State *L)                                                                              \
    {                                                                                                                  \
        type *to_here = (type *)core_to_pointer(L, 1) + luaL_checkinteger(L, 2);                                       \
        int count = (int)luaL_checkinteger(L, 4);                                                                      \
        for (int i = 0; i < count; i++) {                                                                              \
            lua_rawgeti(L, 3, i + 1);                                                                                  \
            to_here[i] = to_##name(L, -1);                                                                             \
            lua_pop(L, 1);                                                                                             \
        }                                                                                                              \
        return 0;                                                                                                      \
    }                                                                                                                  \
    static int fill_##name(lua_State *L)                                                                               \
    {                                                                                                                  \
        type *to_here = (type *)core_to_pointer(L, 1) + luaL_checkinteger(L, 2);                                       \
        type value = to_##name(L, 4);                                                                                  \
        size_t count = core_to_size(L, 3);                                                                             \
        for (size_t i = 0; i < count; i++)                                                                             \
            to_here[i] = value;                                                                                        \
        return 0;                                                                                                      \
    }
KINDS(ACCESS)

static void add_kind(lua_State *L, const char *name, size_t size, const luaL_Reg *functions)
{
    lua_newtable(L);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    core_push_size(L, size);
    lua_setfield(L, -2, "size");
    for (; functions->name != NULL; functions++)
        core_add(L, functions->name, functions->func);
    lua_setfield(L, -2, name);
}

/* Where a lane counts its frames; its number is no larger than what a double holds. */
static int epoch_cell(lua_State *L)
{
    return core_push_pointer(L, fa_frame_epoch(core_to_pointer(L, 1)));
}

static int epoch_at(lua_State *L)
{
    lua_pushnumber(L, (lua_Number) * (const uint64_t *)core_to_pointer(L, 1));
    return 1;
}

static int offset(lua_State *L)
{
    return core_push_pointer(L, (char *)core_to_pointer(L, 1) + luaL_checkinteger(L, 2));
}

static int address(lua_State *L)
{
    return core_push_uint64(L, (uintptr_t)core_to_pointer(L, 1));
}

static int pointer(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TNUMBER)
        return core_push_pointer(L, core_to_pointer(L, 1));
    return core_push_pointer(L, (void *)(uintptr_t)core_to_uint64(L, 1));
}

static int copy(lua_State *L)
{
    size_t size = core_to_size(L, 3);
    if (size != 0)
        memmove(core_to_pointer(L, 1), core_to_pointer(L, 2), size);
    return 0;
}

static int zero(lua_State *L)
{
    size_t size = core_to_size(L, 2);
    if (size != 0)
        memset(core_to_pointer(L, 1), 0, size);
    return 0;
}

static int string(lua_State *L)
{
    lua_pushlstring(L, core_to_pointer(L, 1), core_to_size(L, 2));
    return 1;
}

/* The text in an array of so many characters. */
static int chars(lua_State *L)
{
    const char *text = (const char *)core_to_pointer(L, 1) + luaL_checkinteger(L, 2);
    size_t most = core_to_size(L, 3);
    const char *end = memchr(text, 0, most);
    lua_pushlstring(L, text, end == NULL ? most : (size_t)(end - text));
    return 1;
}

/* Zeroed memory that Lua collects. */
static int buffer(lua_State *L)
{
    size_t size = core_to_size(L, 1);
    memset(lua_newuserdata(L, size), 0, size);
    return 1;
}

static int magazine_take(lua_State *L)
{
    return core_push_pointer(L, fa_magazine_take(core_to_pointer(L, 1)));
}

static int magazine_give(lua_State *L)
{
    return core_push_int32(L, fa_magazine_give(core_to_pointer(L, 1), core_to_pointer(L, 2)));
}

/* window_alloc(window, size, align, epoch's cell, epoch): false if the frame is over, which a window cannot see. */
static int window_alloc(lua_State *L)
{
    const uint64_t *epoch = core_to_pointer(L, 4);
    if ((lua_Number)*epoch != lua_tonumber(L, 5)) {
        lua_pushboolean(L, 0);
        return 1;
    }
    return core_push_pointer(L, fa_window_alloc(core_to_pointer(L, 1), core_to_size(L, 2), core_to_size(L, 3)));
}

#define ADD(name, type, to, push)                                                                                      \
    add_kind(L, #name, sizeof(type),                                                                                   \
             (const luaL_Reg[]){{"get", get_##name}, {"set", set_##name}, {"read", read_##name},                       \
                                {"write", write_##name}, {"fill", fill_##name}, {NULL, NULL}});

void core_add_memory(lua_State *L)
{
    lua_newtable(L);
    KINDS(ADD)
    lua_setfield(L, -2, "kinds");
    core_add(L, "epoch_cell", epoch_cell);
    core_add(L, "epoch_at", epoch_at);
    core_add(L, "offset", offset);
    core_add(L, "address", address);
    core_add(L, "pointer", pointer);
    core_add(L, "copy", copy);
    core_add(L, "zero", zero);
    core_add(L, "string", string);
    core_add(L, "chars", chars);
    core_add(L, "buffer", buffer);
    core_add(L, "window_alloc", window_alloc);
    core_add(L, "magazine_take", magazine_take);
    core_add(L, "magazine_give", magazine_give);
}
