/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "world.h"

#include <string.h>

enum { SIZE = 64, ALIGN = 16 };

static const char NAME[] = "alpha";

static void swallow(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

bool world_make(world *w)
{
    *w = (world){.a = fa_allocator_create(NULL), .ended = fa_allocator_create(NULL)};
    if (w->a == NULL || w->ended == NULL)
        return false;
    fa_allocator_release(w->ended);
    return fa_diagnostic_set_sink(w->a, swallow, NULL) == FA_OK && fa_frame_begin(w->a) == FA_OK;
}

void world_end(world *w)
{
    while (fa_allocator_references(w->a) != 0)
        fa_allocator_release(w->a);
}

/* What a function needs beyond its arguments. */

static void end_frame(world *w)
{
    (void)fa_frame_end(w->a);
}

static void open_phase(world *w)
{
    (void)fa_phase_begin(w->a, NAME);
}

static void push_tag(world *w)
{
    (void)fa_tag_push_name(w->a, NAME);
}

static void name_everything(world *w)
{
    fa_group group = 0;
    (void)fa_group_create(w->a, NAME, &group);
    (void)fa_tag_get(w->a, NAME);
    (void)fa_scratch_pool_get(w->a, NAME);
}

static void send_to_itself(world *w)
{
    fa_transfer transfer = 0;
    (void)fa_transfer_alloc(w->a, SIZE, ALIGN, &transfer);
    (void)fa_transfer_send_to(w->a, transfer, fa_lane_current(w->a));
}

static void watch_blocks(world *w)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    (void)fa_debug_configure(w->a, &options);
}

static void attach_engine(world *w)
{
    (void)fa_frame_end(w->a);
    (void)fa_engine_attach(w->a, NAME);
}

static void run_hook(world *w)
{
    attach_engine(w);
    (void)fa_engine_pre_frame(w->a);
}

static void begin_strictness(world *w)
{
    (void)fa_strict_begin(w->a, FA_STRICT_OFF);
}

static void start_history(world *w)
{
    (void)fa_frame_end(w->a);
    (void)fa_history_start(w->a, NULL);
    (void)fa_frame_begin(w->a);
}

static void start_trace(world *w)
{
    (void)fa_trace_start(w->a, NAME, NULL);
}

static void hear(void *user, const fa_event *event)
{
    (void)user;
    (void)event;
}

static fa_profiler listening_profiler(void)
{
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.allocate = hear;
    return profiler;
}

static void attach_profiler(world *w)
{
    fa_profiler profiler = listening_profiler();
    (void)fa_profiler_attach(w->a, &profiler);
}

static fa_snapshot_config snapshots_on_request(void)
{
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = ".";
    config.automatic = 0;
    return config;
}

static void allow_snapshots(world *w)
{
    fa_snapshot_config config = snapshots_on_request();
    (void)fa_snapshot_configure(w->a, &config);
}

static const struct {
    const char *function;
    void (*prepare)(world *w);
} preparations[] = {
    {"fa_debug_find", watch_blocks},         {"fa_engine_detach", attach_engine}, {"fa_engine_pre_frame", attach_engine},
    {"fa_engine_post_frame", run_hook},      {"fa_engine_tick", attach_engine},   {"fa_strict_end", begin_strictness},
    {"fa_snapshot_request", allow_snapshots}, {"fa_history_stop", start_history},    {"fa_history_read", start_history},
    {"fa_history_graph", start_history},     {"fa_history_performance", start_history}, {"fa_trace_flush", start_trace},
    {"fa_trace_stop", start_trace},          {"fa_profiler_detach", attach_profiler},
    {"fa_frame_begin", end_frame},     {"fa_phase_end", open_phase},      {"fa_phase_at", open_phase},
    {"fa_phase_find", open_phase},     {"fa_tag_pop", push_tag},          {"fa_group_find", name_everything},
    {"fa_tag_find", name_everything},  {"fa_tag_list", name_everything},  {"fa_scratch_pool_find", name_everything},
    {"fa_group_list", name_everything}, {"fa_transfer_next", send_to_itself}, {"fa_tag_current", push_tag},
    {"fa_frame_alloc_important", name_everything},
};

void world_prepare(world *w, const char *function)
{
    for (size_t i = 0; i < sizeof preparations / sizeof *preparations; i++) {
        if (strcmp(preparations[i].function, function) == 0)
            preparations[i].prepare(w);
    }
}

/* Arguments. */

static value allocator(world *w)
{
    return (value){.pointer = w->a};
}

static value lane(world *w)
{
    return (value){.pointer = fa_lane_create(w->a, NAME)};
}

static value tag(world *w)
{
    return (value){.u64 = fa_tag_get(w->a, NAME)};
}

static value group(world *w)
{
    fa_group id = 0;
    if (fa_group_find(w->a, NAME, &id) != FA_OK)
        (void)fa_group_create(w->a, NAME, &id);
    return (value){.u64 = id};
}

static value group_block(world *w)
{
    return (value){.pointer = fa_group_alloc(w->a, group(w).u64, SIZE, ALIGN)};
}

static value handle(world *w)
{
    fa_handle id = 0;
    (void)fa_handle_alloc(w->a, SIZE, ALIGN, &id);
    return (value){.u64 = id};
}

static value pinned_handle(world *w)
{
    value id = handle(w);
    (void)fa_handle_pin(w->a, id.u64);
    return id;
}

static value task(world *w)
{
    fa_task id = fa_task_current(w->a);
    if (id == 0 && fa_task_begin(w->a, NAME, 0, &id) == FA_OK)
        (void)fa_task_enter(w->a, id, NULL);
    return (value){.u64 = id};
}

static value task_block(world *w)
{
    return (value){.pointer = fa_task_alloc(w->a, task(w).u64, SIZE, ALIGN)};
}

static value checkpoint(world *w)
{
    return (value){.u64 = fa_frame_checkpoint(w->a)};
}

static value subframe(world *w)
{
    fa_subframe id = 0;
    (void)fa_subframe_begin(w->a, &id);
    return (value){.u64 = id};
}

static value token(world *w)
{
    fa_frame_token id = 0;
    (void)fa_frame_hold(w->a, &id);
    return (value){.u64 = id};
}

static value barrier(world *w)
{
    fa_barrier id = 0;
    (void)fa_barrier_create(w->a, NAME, 1, &id);
    return (value){.u64 = id};
}

static value signalled_barrier(world *w)
{
    value id = barrier(w);
    (void)fa_barrier_signal(w->a, id.u64, &w->generation);
    return id;
}

static value generation(world *w)
{
    return (value){.u64 = w->generation};
}

static value owned_transfer(world *w)
{
    fa_transfer id = 0;
    (void)fa_transfer_alloc(w->a, SIZE, ALIGN, &id);
    return (value){.u64 = id};
}

static value sent_transfer(world *w)
{
    value id = owned_transfer(w);
    (void)fa_transfer_send(w->a, id.u64);
    return id;
}

static value received_transfer(world *w)
{
    value id = sent_transfer(w);
    (void)fa_transfer_receive(w->a, id.u64, NULL);
    return id;
}

static value listener_id(world *w)
{
    value id = {0};
    (void)fa_event_listen(w->a, FA_EVENT_ALL, hear, NULL, &id.u64);
    return id;
}

static value stream(world *w)
{
    if (w->stream == NULL)
        w->stream = fa_stream_create(w->a, NULL);
    return (value){.pointer = w->stream};
}

static value reserved_asset(world *w)
{
    (void)stream(w);
    (void)fa_stream_reserve(w->stream, SIZE, FA_PRIORITY_NORMAL, NAME, &w->asset);
    return (value){.u64 = w->asset};
}

static value loading_asset(world *w)
{
    (void)reserved_asset(w);
    (void)fa_stream_begin_load(w->stream, w->asset, &w->asset_memory);
    return (value){.u64 = w->asset};
}

static value ready_asset(world *w)
{
    (void)loading_asset(w);
    (void)fa_stream_finish_load(w->stream, w->asset);
    return (value){.u64 = w->asset};
}

static value pinned_asset(world *w)
{
    (void)ready_asset(w);
    w->asset_memory = fa_stream_pin(w->stream, w->asset, NULL);
    return (value){.u64 = w->asset};
}

static value asset_memory(world *w)
{
    return (value){.pointer = w->asset_memory};
}

static value objects(world *w)
{
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    config.object_size = SIZE;
    if (w->objects == NULL) {
        w->objects = fa_object_pool_create(w->a, &config);
        (void)fa_object_pool_take(w->objects, NULL);
    }
    return (value){.pointer = w->objects};
}

static value object(world *w)
{
    (void)objects(w);
    return (value){.pointer = fa_object_pool_take(w->objects, NULL)};
}

static value object_id(world *w)
{
    value id = {0};
    (void)objects(w);
    (void)fa_object_pool_take(w->objects, &id.u64);
    return id;
}

static value scratch_pool(world *w)
{
    return (value){.pointer = fa_scratch_pool_get(w->a, NAME)};
}

static value scratch_scope(world *w)
{
    (void)fa_scratch_scope_begin(w->a, &w->scope);
    return (value){.pointer = &w->scope};
}

static value vector(world *w)
{
    static const uint64_t items[] = {3, 1, 2};
    (void)fa_vector_init(&w->vector, w->a, 8, sizeof *items, ALIGN);
    (void)fa_vector_extend(&w->vector, items, 3);
    return (value){.pointer = &w->vector};
}

static value full_vector(world *w)
{
    (void)fa_vector_init(&w->vector, w->a, 0, sizeof(uint64_t), ALIGN);
    return (value){.pointer = &w->vector};
}

static const uint64_t known_key = 7;
static const uint64_t new_key = 8;

static value map(world *w)
{
    fa_map_shape shape = FA_MAP_SHAPE_INIT;
    shape.key_size = shape.key_align = shape.value_size = shape.value_align = sizeof(uint64_t);
    if (w->map.epoch == NULL && fa_map_init(&w->map, w->a, 8, &shape) == FA_OK)
        *(uint64_t *)fa_map_place(&w->map, &known_key, NULL) = 1;
    return (value){.pointer = &w->map};
}

static value key(world *w)
{
    (void)w;
    return (value){.readable = &known_key};
}

static value other_key(world *w)
{
    (void)w;
    return (value){.readable = &new_key};
}

static value map_cursor(world *w)
{
    static size_t cursor;
    cursor = 0;
    (void)map(w);
    (void)fa_map_next(&w->map, &cursor, NULL, NULL);
    return (value){.pointer = &cursor};
}

static value window(world *w)
{
    (void)fa_window_open(w->a, &w->window, 0);
    return (value){.pointer = &w->window};
}

static value magazine(world *w)
{
    (void)fa_magazine_open(w->a, &w->magazine, SIZE, ALIGN);
    return (value){.pointer = &w->magazine};
}

static value tagged(world *w)
{
    (void)fa_tagged_init(&w->tagged, w->a, NAME);
    return (value){.pointer = &w->tagged};
}

static value pool_block(world *w)
{
    return (value){.pointer = fa_pool_alloc(w->a, SIZE, ALIGN)};
}

static value epoch(world *w)
{
    return (value){.u64 = *fa_frame_epoch(w->a)};
}

static value frame_block(world *w)
{
    return (value){.pointer = fa_frame_alloc(w->a, SIZE, ALIGN)};
}

static value name(world *w)
{
    (void)w;
    return (value){.readable = NAME};
}

static value no_text(world *w)
{
    (void)w;
    return (value){0};
}

static value message(world *w)
{
    static fa_message report = FA_MESSAGE(FA_SEVERITY_NOTE, "GAME1", "an own message");
    (void)w;
    return (value){.pointer = &report};
}

static value profiler(world *w)
{
    static fa_profiler attached;
    (void)w;
    attached = listening_profiler();
    return (value){.pointer = &attached};
}

static value snapshot_config(world *w)
{
    static fa_snapshot_config config;
    (void)w;
    config = snapshots_on_request();
    return (value){.pointer = &config};
}

static value format(world *w)
{
    (void)w;
    return (value){.readable = "%d %s"};
}

static value parts(world *w)
{
    static const char *const texts[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    (void)w;
    return (value){.readable = texts};
}

static value fields(world *w)
{
    static fa_soa_field columns[8];
    (void)w;
    for (int i = 0; i < 8; i++)
        columns[i] = (fa_soa_field){SIZE, ALIGN, NULL};
    return (value){.pointer = columns};
}

static value data(world *w)
{
    static const unsigned char bytes[1024] = "bytes";
    (void)w;
    return (value){.readable = bytes};
}

#define NUMBER(name, number)           \
    static value name(world *w)        \
    {                                  \
        (void)w;                       \
        return (value){.u64 = number}; \
    }
NUMBER(zero, 0)
NUMBER(one, 1)
NUMBER(eight, 8)
NUMBER(alignment, ALIGN)
NUMBER(bytes, SIZE)
NUMBER(large_room, 8192)
NUMBER(version, FA_VERSION)
NUMBER(frame_intent, FA_INTENT_FRAME)

/* The first line that fits speaks; NULL fits everything. */
static const struct rule {
    const char *function, *type, *parameter;
    value (*make)(world *w);
} rules[] = {
    {"fa_barrier_unregister", "fa_barrier", NULL, signalled_barrier},
    {"fa_barrier_wait_for", "fa_barrier", NULL, signalled_barrier},
    {"fa_barrier_wait_for", NULL, "generation", generation},
    {"fa_version_check", NULL, "header_version", version},
    {"fa_handle_unpin", "fa_handle", NULL, pinned_handle},
    {"fa_stream_begin_load", "fa_asset", NULL, reserved_asset},
    {"fa_stream_report_progress", "fa_asset", NULL, loading_asset},
    {"fa_stream_finish_load", "fa_asset", NULL, loading_asset},
    {"fa_stream_abandon_load", "fa_asset", NULL, loading_asset},
    {"fa_stream_unpin", "fa_asset", NULL, pinned_asset},
    {"fa_transfer_receive", "fa_transfer", NULL, sent_transfer},
    {"fa_transfer_take", "fa_transfer", NULL, received_transfer},
    {"fa_vector_refuse", "const fa_vector *", NULL, full_vector},
    {"fa_group_release_block", NULL, "block", group_block},
    {"fa_task_release", NULL, "block", task_block},
    {"fa_frame_give_back", NULL, "block", frame_block},
    {"fa_frame_realloc", NULL, "block", frame_block},
    {"fa_frame_retain", NULL, "block", frame_block},
    {"fa_vector_extend", NULL, "count", one},
    {"fa_map_add", NULL, "key", other_key},
    {"fa_map_remove_at", NULL, "cursor", map_cursor},
    {"fa_budget_set_lane", NULL, "intent", frame_intent},
    {"fa_budget_get_lane", NULL, "intent", frame_intent},
    {"fa_frame_end_with_promotions", NULL, "capacity", eight},
    {"fa_frame_alloc_important", NULL, "scratch", no_text},
    {"fa_frame_alloc_important", NULL, "importance", one},
    {"fa_frame_retain", "size_t", "size", bytes},
    {"fa_debug_find", NULL, "address", pool_block},
    {"fa_filter_format", "size_t", "size", large_room},
    {"fa_snapshot_write", "size_t", "size", large_room},
    {"fa_frame_check", NULL, "epoch", epoch},
    {NULL, "const fa_message *", NULL, message},
    {NULL, "const fa_snapshot_config *", NULL, snapshot_config},
    {NULL, "const fa_profiler *", NULL, profiler},
    {NULL, "int32_t", "code", one},
    {NULL, "fa_allocator *", NULL, allocator},
    {NULL, "fa_lane *", NULL, lane},
    {NULL, "fa_tag", NULL, tag},
    {NULL, "fa_group", NULL, group},
    {NULL, "fa_handle", NULL, handle},
    {NULL, "fa_task", NULL, task},
    {NULL, "fa_checkpoint", NULL, checkpoint},
    {NULL, "fa_subframe", NULL, subframe},
    {NULL, "fa_frame_token", NULL, token},
    {NULL, "fa_barrier", NULL, barrier},
    {NULL, "fa_transfer", NULL, owned_transfer},
    {NULL, "fa_asset", NULL, ready_asset},
    {NULL, "fa_object_id", NULL, object_id},
    {NULL, "uint64_t", "id", listener_id},
    {NULL, "fa_stream *", NULL, stream},
    {NULL, "fa_object_pool *", NULL, objects},
    {NULL, "const fa_object_pool *", NULL, objects},
    {NULL, "fa_scratch_pool *", NULL, scratch_pool},
    {NULL, NULL, "scope", scratch_scope},
    {NULL, NULL, "vector", vector},
    {NULL, NULL, "map", map},
    {NULL, NULL, "window", window},
    {NULL, NULL, "magazine", magazine},
    {NULL, "const fa_tagged *", NULL, tagged},
    {NULL, NULL, "object", object},
    {NULL, NULL, "key", key},
    {NULL, "const char *", "format", format},
    {NULL, NULL, "parts", parts},
    {NULL, NULL, "fields", fields},
    {NULL, "const void *", "memory", asset_memory},
    {NULL, "void *", "block", pool_block},
    {NULL, "const void *", "block", pool_block},
    {NULL, "const void *", NULL, data},
    {NULL, "const char *", "bytes", data},
    {NULL, "void *", "user", no_text},
    {NULL, "const char *", NULL, name},
    {NULL, "fa_status", NULL, one},
    {NULL, NULL, "count", eight},
    {NULL, NULL, "field_count", eight},
    {NULL, NULL, "capacity", eight},
    {NULL, NULL, "align", alignment},
    {NULL, NULL, "kinds", one},
    {NULL, NULL, "size", bytes},
    {NULL, NULL, "old_size", bytes},
    {NULL, NULL, "new_size", bytes},
    {NULL, NULL, "item_size", eight},
    {NULL, NULL, "length", eight},
    {NULL, NULL, "seats", one},
    {NULL, "size_t", NULL, zero},
    {NULL, "int32_t", NULL, zero},
    {NULL, "uint32_t", NULL, zero},
    {NULL, "uint64_t", NULL, zero},
};

static bool fits(const char *pattern, const char *text)
{
    return pattern == NULL || strcmp(pattern, text) == 0;
}

bool world_argument(world *w, const char *function, const char *type, const char *parameter, value *out)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *rule = &rules[i];
        if (fits(rule->function, function) && fits(rule->type, type) && fits(rule->parameter, parameter)) {
            *out = rule->make(w);
            return true;
        }
    }
    return false;
}
