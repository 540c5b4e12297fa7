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
    lua_State *L; /* NULL: its state is closed, or it was forgotten */
    int key;
    pthread_t thread;
    struct slot **previous, *next;
} slot;

static const char registry_key;

/* Slots of a state, and the thread of Lua on which they run: its own, for another coroutine may be in the middle. */
typedef struct owner {
    lua_State *runner;
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

/* Pushes the function of a slot, and says whether it can run. */
static int ready(const slot *s)
{
    if (s->L == NULL || !pthread_equal(s->thread, pthread_self()) || !lua_checkstack(s->L, 8))
        return 0;
    lua_rawgeti(s->L, LUA_REGISTRYINDEX, s->key);
    return 1;
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
    const slot *s = user;
    if (!ready(s))
        return 0;
    core_push_pointer(s->L, told);
    return run(s->L, 1);
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

static void on_task_end(void *user)
{
    (void)run_with(user, NULL);
}

static void on_relocated(void *user, fa_handle handle, const void *before, void *after, size_t size)
{
    const slot *s = user;
    (void)before;
    (void)after;
    if (!ready(s))
        return;
    core_push_uint64(s->L, handle);
    core_push_size(s->L, size);
    (void)run(s->L, 2);
}

static void on_evicted(void *user, fa_asset asset, void *memory, size_t size)
{
    const slot *s = user;
    (void)memory;
    if (!ready(s))
        return;
    core_push_uint64(s->L, asset);
    core_push_size(s->L, size);
    (void)run(s->L, 2);
}

static const struct {
    const char *name;
    core_address function;
} trampolines[] = {
    {"diagnostic", (core_address)on_diagnostic}, {"event", (core_address)on_event},
    {"budget", (core_address)on_budget},         {"decide", (core_address)on_decide},
    {"task_end", (core_address)on_task_end},     {"relocated", (core_address)on_relocated},
    {"evicted", (core_address)on_evicted},
};

/* register(kind, function): the C function and its user data. */
static int register_function(lua_State *L)
{
    static const char *const names[] = {"diagnostic", "event", "budget", "decide", "task_end", "relocated", "evicted", NULL};
    int kind = luaL_checkoption(L, 1, NULL, names);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    owner *mine = owner_of(L);
    slot *made = malloc(sizeof *made);
    if (made == NULL)
        return luaL_error(L, "not enough memory");
    lua_settop(L, 2);
    *made = (slot){mine->runner, luaL_ref(L, LUA_REGISTRYINDEX), pthread_self(), &mine->slots, mine->slots};
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

/* The state is closed. What is still here may still be called by an allocator of the host: it stays, and does nothing. */
static int close_owner(lua_State *L)
{
    owner *mine = lua_touserdata(L, 1);
    for (slot *s = mine->slots; s != NULL; s = s->next)
        s->L = NULL;
    return 0;
}

void core_add_callbacks(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&registry_key);
    owner *made = lua_newuserdata(L, sizeof *made);
    *made = (owner){lua_newthread(L), NULL, 0};
    made->runner_key = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    core_add(L, "__gc", close_owner);
    lua_setmetatable(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
    core_add(L, "register", register_function);
    core_add(L, "forget", forget);
}
