/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Callbacks: one static function for each kind, which finds the Lua function by the slot that is its user data.
 *
 * A slot stays until C cannot call it any more: Lua forgets it, or the allocator is gone. It knows the thread that made
 * it, and a call on another one, where Lua may be busy, is left out; so is one after its state was closed. */
#include "core.h"

#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct slot {
    struct owner *owner; /* NULL: its state is closed */
    int key;
    pthread_t thread;
    struct slot **previous, *next;
} slot;

static const char registry_key;

/* Slots of a state. They run on the thread of Lua that called C, or, when the host did, on one of their own, for a
 * coroutine may be in the middle of something. */
typedef struct owner {
    lua_State *calling, *runner;
    slot *slots;
    int runner_key;
} owner;

static owner *owner_of(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&registry_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    owner *found = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return found;
}

lua_State **core_calling(lua_State *L)
{
    return &owner_of(L)->calling;
}

/* Pushes the function of a slot on the thread that it can run on; NULL if it cannot. */
static lua_State *ready(const slot *s)
{
    if (s->owner == NULL || !pthread_equal(s->thread, pthread_self()))
        return NULL;
    lua_State *L = s->owner->calling != NULL ? s->owner->calling : s->owner->runner;
    if (!lua_checkstack(L, 8))
        return NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->key);
    return L;
}

/* What the Lua function answers; it catches its errors itself, so that here there are only those of memory. */
static int32_t run(lua_State *L, int arguments)
{
    int32_t answer = 0;
    if (lua_pcall(L, arguments, 1, 0) == 0)
        answer = (int32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return answer;
}

static int32_t run_with(void *user, const void *told)
{
    lua_State *L = ready(user);
    if (L == NULL)
        return 0;
    core_push_pointer(L, told);
    return run(L, 1);
}

static void run_with_size(void *user, uint64_t id, size_t size)
{
    lua_State *L = ready(user);
    if (L == NULL)
        return;
    core_push_uint64(L, id);
    core_push_size(L, size);
    (void)run(L, 2);
}

static void on_diagnostic(void *user, const fa_diagnostic *diagnostic)
{
    (void)run_with(user, diagnostic);
}

static void on_event(void *user, const fa_event *event)
{
    (void)run_with(user, event);
}

static void on_budget(void *user, const fa_budget_event *event)
{
    (void)run_with(user, event);
}

static int32_t on_decide(void *user, const fa_budget_event *event)
{
    return run_with(user, event);
}

static void on_relocated(void *user, fa_handle handle, const void *before, void *after, size_t size)
{
    (void)before;
    (void)after;
    run_with_size(user, handle, size);
}

static void on_evicted(void *user, fa_asset asset, void *memory, size_t size)
{
    (void)memory;
    run_with_size(user, asset, size);
}

static const struct {
    const char *name;
    core_address function;
} trampolines[] = {
    {"diagnostic", (core_address)on_diagnostic}, {"event", (core_address)on_event},
    {"budget", (core_address)on_budget},         {"decide", (core_address)on_decide},
    {"relocated", (core_address)on_relocated},   {"evicted", (core_address)on_evicted},
};

/* register(kind, function): the C function and its user data. */
static int register_function(lua_State *L)
{
    static const char *const names[] = {"diagnostic", "event", "budget", "decide", "relocated", "evicted", NULL};
    int kind = luaL_checkoption(L, 1, NULL, names);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    owner *mine = owner_of(L);
    slot *made = malloc(sizeof *made);
    if (made == NULL)
        return luaL_error(L, "not enough memory");
    lua_settop(L, 2);
    *made = (slot){mine, luaL_ref(L, LUA_REGISTRYINDEX), pthread_self(), &mine->slots, mine->slots};
    if (made->next != NULL)
        made->next->previous = &made->next;
    mine->slots = made;
    core_push_pointer(L, (void *)(uintptr_t)trampolines[kind].function);
    core_push_pointer(L, made);
    return 2;
}

static void unlink_slot(slot *s)
{
    *s->previous = s->next;
    if (s->next != NULL)
        s->next->previous = s->previous;
}

/* forget(user data): C does not call it any more. */
static int forget(lua_State *L)
{
    slot *s = core_to_pointer(L, 1);
    luaL_unref(L, LUA_REGISTRYINDEX, s->key);
    unlink_slot(s);
    free(s);
    return 0;
}

/* The state is closed. What is still here may be called by an allocator of the host: it stays, and does nothing. */
static int close_owner(lua_State *L)
{
    owner *mine = lua_touserdata(L, 1);
    for (slot *s = mine->slots; s != NULL; s = s->next)
        s->owner = NULL;
    return 0;
}

void core_add_callbacks(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&registry_key);
    owner *made = lua_newuserdata(L, sizeof *made);
    *made = (owner){NULL, lua_newthread(L), NULL, 0};
    made->runner_key = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    core_add(L, "__gc", close_owner);
    lua_setmetatable(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
    core_add(L, "register", register_function);
    core_add(L, "forget", forget);
}
