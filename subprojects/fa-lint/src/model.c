/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "model.h"

#include <string.h>

static const struct model models[] = {
    {"fa_frame_begin", DOES_FRAME_BEGIN, 0, -1, -1},
    {"fa_engine_pre_frame", DOES_FRAME_BEGIN, 0, -1, -1},
    {"fa_frame_end", DOES_FRAME_END, 0, -1, -1},
    {"fa_engine_post_frame", DOES_FRAME_END, 0, -1, -1},
    {"fa_frame_end_with_promotions", DOES_FRAME_END_PROMOTING, 0, 1, -1},
    {"fa_frame_alloc", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_try_alloc", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_alloc_zeroed", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_alloc_array", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_alloc_array_zeroed", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_alloc_cache_line", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_realloc", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_printf", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_vprintf", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_text", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_strdup", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_join", DOES_FRAME_ALLOC, 0, -1, -1},
    {"fa_frame_alloc_ahead", DOES_FRAME_ALLOC_AHEAD, 0, -1, 1},
    {"fa_frame_alloc_batch", DOES_FRAME_OUT, 0, 1, -1},
    {"fa_frame_alloc_2", DOES_FRAME_OUT, 0, 3, -1},
    {"fa_frame_alloc_4", DOES_FRAME_OUT, 0, 3, -1},
    {"fa_frame_alloc_8", DOES_FRAME_OUT, 0, 3, -1},
    {"fa_frame_alloc_retained", DOES_RETAINED_ALLOC, 0, -1, 3},
    {"fa_frame_alloc_important", DOES_IMPORTANT_ALLOC, 0, 4, 3},
    {"fa_frame_retain", DOES_RETAIN, 0, 1, 4},
    {"fa_frame_retained_drop", DOES_RETAIN_DROP, 0, -1, -1},
    {"fa_frame_hold", DOES_HOLD, 0, 1, -1},
    {"fa_frame_token_release", DOES_TOKEN_RELEASE, 0, 1, -1},
    {"fa_frame_checkpoint", DOES_CHECKPOINT, 0, -1, -1},
    {"fa_frame_rollback", DOES_ROLLBACK, 0, 1, -1},
    {"fa_frame_commit", DOES_COMMIT, 0, 1, -1},
    {"fa_subframe_begin", DOES_SUBFRAME_BEGIN, 0, 1, -1},
    {"fa_subframe_end", DOES_SUBFRAME_END, 0, 1, -1},
    {"fa_window_open", DOES_WINDOW_OPEN, 0, 1, -1},
    {"fa_window_alloc", DOES_WINDOW_ALLOC, -1, 0, -1},
    {"fa_window_refill", DOES_WINDOW_ALLOC, -1, 0, -1},
    {"fa_window_close", DOES_WINDOW_CLOSE, -1, 0, -1},
    {"fa_pool_alloc", DOES_POOL_ALLOC, 0, -1, -1},
    {"fa_pool_try_alloc", DOES_POOL_ALLOC, 0, -1, -1},
    {"fa_pool_alloc_zeroed", DOES_POOL_ALLOC, 0, -1, -1},
    {"fa_pool_alloc_array", DOES_POOL_ALLOC, 0, -1, -1},
    {"fa_heap_alloc", DOES_HEAP_ALLOC, 0, -1, -1},
    {"fa_heap_try_alloc", DOES_HEAP_ALLOC, 0, -1, -1},
    {"fa_heap_alloc_zeroed", DOES_HEAP_ALLOC, 0, -1, -1},
    {"fa_heap_alloc_array", DOES_HEAP_ALLOC, 0, -1, -1},
    {"fa_alloc", DOES_INTENT_ALLOC, 0, -1, 1},
    {"fa_alloc_zeroed", DOES_INTENT_ALLOC, 0, -1, 1},
    {"fa_alloc_array", DOES_INTENT_ALLOC, 0, -1, 1},
    {"fa_group_alloc", DOES_GROUP_ALLOC, 1, -1, -1},
    {"fa_group_try_alloc", DOES_GROUP_ALLOC, 1, -1, -1},
    {"fa_group_alloc_zeroed", DOES_GROUP_ALLOC, 1, -1, -1},
    {"fa_group_alloc_array", DOES_GROUP_ALLOC, 1, -1, -1},
    {"fa_task_alloc", DOES_TASK_ALLOC, 1, -1, -1},
    {"fa_task_try_alloc", DOES_TASK_ALLOC, 1, -1, -1},
    {"fa_scratch_alloc", DOES_SCRATCH_ALLOC, 0, -1, -1},
    {"fa_scratch_pool_alloc", DOES_SCRATCH_ALLOC, 0, -1, -1},
    {"fa_scratch_pool_alloc_zeroed", DOES_SCRATCH_ALLOC, 0, -1, -1},
    {"fa_scratch_pool_alloc_array", DOES_SCRATCH_ALLOC, 0, -1, -1},
    {"fa_transfer_alloc", DOES_TRANSFER_ALLOC, 0, 3, -1},
    {"fa_transfer_copy", DOES_TRANSFER_ALLOC, 0, 4, -1},
    {"fa_transfer_take", DOES_POOL_ALLOC, 0, -1, -1},
    {"fa_object_pool_take", DOES_OBJECT_TAKE, 0, -1, -1},
    {"fa_object_pool_give_object", DOES_OBJECT_GIVE, 0, 1, -1},
    {"fa_magazine_take", DOES_MAGAZINE_TAKE, 0, -1, -1},
    {"fa_magazine_give", DOES_RELEASE, -1, 1, -1},
    {"fa_realloc", DOES_REALLOC, 0, 1, -1},
    {"fa_release", DOES_RELEASE, 0, 1, -1},
    {"fa_group_release_block", DOES_GROUP_RELEASE, 1, 2, -1},
    {"fa_task_release", DOES_TASK_RELEASE, 1, 2, -1},
    {"fa_group_create", DOES_MAKE_ID, 0, 2, -1},
    {"fa_task_begin", DOES_MAKE_ID, 0, 3, -1},
    {"fa_barrier_create", DOES_MAKE_ID, 0, 3, -1},
    {"fa_group_free_all", DOES_END_ID, 1, -1, 1},
    {"fa_group_destroy", DOES_END_ID, 1, -1, -1},
    {"fa_task_end", DOES_END_ID, 1, -1, -1},
    {"fa_scratch_reset", DOES_SCRATCH_RESET, 0, -1, -1},
    {"fa_scratch_scope_begin", DOES_SCRATCH_OPEN, 0, 1, -1},
    {"fa_scratch_pool_scope_begin", DOES_SCRATCH_OPEN, 0, 1, -1},
    {"fa_scratch_scope_end", DOES_SCRATCH_CLOSE, -1, 0, -1},
    {"fa_scratch_pool_reset", DOES_SCRATCH_RESET, 0, -1, -1},
    {"fa_scratch_pool_destroy", DOES_SCRATCH_RESET, 0, -1, -1},
    {"fa_allocator_create", DOES_ALLOCATOR_CREATE, -1, 0, -1},
    {"fa_allocator_retain", DOES_ALLOCATOR_RETAIN, 0, -1, -1},
    {"fa_lane_bind", DOES_LANE_CHANGE, 0, -1, -1},
    {"fa_deferred_configure", DOES_DEFERRED_CONFIGURE, 0, 1, -1},
    {"fa_event_listen", DOES_KEEP, 2, 3, -1},
    {"fa_budget_set_listener", DOES_KEEP, 1, 2, -1},
    {"fa_task_on_end", DOES_KEEP, 2, 3, -1},
    {"fa_handle_set_relocated", DOES_KEEP, 1, 2, -1},
    {"malloc", DOES_MALLOC, -1, -1, -1},
    {"calloc", DOES_MALLOC, -1, -1, -1},
    {"realloc", DOES_MALLOC, -1, -1, -1},
    {"strdup", DOES_MALLOC, -1, -1, -1},
    {"aligned_alloc", DOES_MALLOC, -1, -1, -1},
    {"operator new", DOES_MALLOC, -1, -1, -1},
    {"free", DOES_FREE, -1, 0, -1},
    {"operator delete", DOES_FREE, -1, 0, -1},
    {"pthread_create", DOES_THREAD, 2, 3, -1},
    {"thrd_create", DOES_THREAD, 1, 2, -1},
    {"SDL_CreateThread", DOES_THREAD, 0, 2, -1},
    {"g_thread_new", DOES_THREAD, 1, 2, -1},
    {"uv_thread_create", DOES_THREAD, 1, 2, -1},
    {"pthread_join", DOES_JOIN, -1, -1, -1},
    {"thrd_join", DOES_JOIN, -1, -1, -1},
    {"SDL_WaitThread", DOES_JOIN, -1, -1, -1},
    {"g_thread_join", DOES_JOIN, -1, -1, -1},
    {"uv_thread_join", DOES_JOIN, -1, -1, -1},
    {"fa_barrier_wait", DOES_JOIN, -1, -1, -1},
    {"fa_barrier_wait_timed", DOES_JOIN, -1, -1, -1},
    {"fa_barrier_wait_for", DOES_JOIN, -1, -1, -1},
    {"pthread_barrier_wait", DOES_JOIN, -1, -1, -1},
    {"pthread_cond_wait", DOES_JOIN, -1, -1, -1},
    {"sem_wait", DOES_JOIN, -1, -1, -1},
    {"uv_queue_work", DOES_KEEP, 2, 1, 0},
    {"uv_timer_start", DOES_KEEP, 1, 0, -1},
    {"uv_async_init", DOES_KEEP, 2, 1, -1},
    {"uv_idle_start", DOES_KEEP, 1, 0, -1},
    {"uv_fs_read", DOES_KEEP, 6, 1, -1},
    {"uv_fs_open", DOES_KEEP, 5, 1, -1},
    {"uv_write", DOES_KEEP, 4, 0, -1},
    {"g_idle_add", DOES_KEEP, 0, 1, -1},
    {"g_timeout_add", DOES_KEEP, 1, 2, -1},
    {"g_thread_pool_push", DOES_KEEP, -1, 1, -1},
    {"SDL_AddTimer", DOES_KEEP, 1, 2, -1},
    {"atexit", DOES_KEEP, 0, -1, -1},
    {"uv_run", DOES_RUN_CALLBACKS, -1, -1, -1},
    {"swapcontext", DOES_SUSPEND, -1, -1, -1},
    {"memset", DOES_CLEAR, -1, 0, 1},
    {"__builtin_memset", DOES_CLEAR, -1, 0, 1},
    {"memcpy", DOES_COPY, -1, 0, 1},
    {"__builtin_memcpy", DOES_COPY, -1, 0, 1},
    {"abort", DOES_STOP, -1, -1, -1},
    {"exit", DOES_STOP, -1, -1, -1},
    {"_exit", DOES_STOP, -1, -1, -1},
    {"_Exit", DOES_STOP, -1, -1, -1},
    {"quick_exit", DOES_STOP, -1, -1, -1},
    {"pthread_exit", DOES_STOP, -1, -1, -1},
    {"longjmp", DOES_STOP, -1, -1, -1},
    {"siglongjmp", DOES_STOP, -1, -1, -1},
    {"__assert_fail", DOES_STOP, -1, -1, -1},
    {"__builtin_unreachable", DOES_STOP, -1, -1, -1},
    {"__builtin_trap", DOES_STOP, -1, -1, -1},
};

enum { MODELS = sizeof models / sizeof *models };

/* Asks about memory without touching it. */
static const struct model harmless = {"", DOES_NOTHING, -1, -1, -1};
static const struct model user = {"", DOES_USE, -1, -1, -1};
static const char *const askers[] = {
    "fa_owns",          "fa_frame_give_back", "fa_frame_active", "fa_allocator_release", "fa_allocator_destroy",
    "fa_frame_cleanup", "fa_frame_check"};

static const struct model *find(const char *name)
{
    for (size_t i = 0; i < MODELS; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    for (size_t i = 0; i < sizeof askers / sizeof *askers; i++)
        if (strcmp(askers[i], name) == 0)
            return &harmless;
    return NULL;
}

/* Answers by interned name, so that each name is looked up once. */
static const struct model **known;
static size_t known_count;

const struct model *model_of(int32_t name)
{
    static const struct model none;
    if ((size_t)name >= known_count) {
        size_t count = (size_t)name * 2 + 64;
        const struct model **wider = take(count * sizeof *wider);
        if (known_count != 0)
            memcpy(wider, known, known_count * sizeof *wider);
        release(known);
        known = wider;
        known_count = count;
    }
    if (known[name] == NULL) {
        const struct model *model = find(text_of(name));
        known[name] = model != NULL ? model : &none;
    }
    return known[name] != &none ? known[name] : NULL;
}

static const struct model thread_object = {"std::thread", DOES_THREAD, 1, 1, -1};
static const struct model thread_join = {"std::thread::join", DOES_JOIN, -1, -1, -1};
static const struct model async_call = {"std::async", DOES_KEEP, -1, 0, -1};

const struct model *model_of_method(const char *usr)
{
    if (strstr(usr, "@S@thread@F") != NULL || strstr(usr, "@S@jthread@F") != NULL ||
        strstr(usr, "@S@thread@FT") != NULL) {
        if (strstr(usr, "@F@join") != NULL)
            return &thread_join;
        if (strstr(usr, "@F@thread") != NULL || strstr(usr, "@F@jthread") != NULL || strstr(usr, ">#") != NULL)
            return &thread_object;
        return &harmless;
    }
    if (strstr(usr, "@N@std@") != NULL)
        return strstr(usr, "@async") != NULL ? &async_call : &user;
    return NULL;
}

bool model_allocates(enum effect effect)
{
    return effect == DOES_POOL_ALLOC || effect == DOES_HEAP_ALLOC || effect == DOES_INTENT_ALLOC ||
           effect == DOES_GROUP_ALLOC || effect == DOES_SCRATCH_ALLOC || effect == DOES_TASK_ALLOC ||
           effect == DOES_FRAME_ALLOC || effect == DOES_FRAME_ALLOC_AHEAD || effect == DOES_FRAME_OUT ||
           effect == DOES_RETAINED_ALLOC || effect == DOES_IMPORTANT_ALLOC;
}
