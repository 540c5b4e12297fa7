/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stands in for Tracy's public/tracy/TracyC.h (version 0.14): the functions and macros that framealloc/tracy.h uses,
 * with the signatures of the real ones. The functions are those of the test, which writes down what it is told. */
#ifndef TESTS_TRACYC_H
#define TESTS_TRACYC_H

#include <stddef.h>
#include <stdint.h>

#ifdef TRACY_ENABLE

enum TracyPlotFormatEnum {
    TracyPlotFormatNumber,
    TracyPlotFormatMemory,
    TracyPlotFormatPercentage,
    TracyPlotFormatWatt
};

struct ___tracy_source_location_data {
    const char *name;
    const char *function;
    const char *file;
    uint32_t line;
    uint32_t color;
};

struct ___tracy_c_zone_context {
    uint32_t id;
    int32_t active;
};
typedef struct ___tracy_c_zone_context TracyCZoneCtx;

#ifdef __cplusplus
extern "C" {
#endif
TracyCZoneCtx ___tracy_emit_zone_begin_callstack(const struct ___tracy_source_location_data *srcloc, int32_t depth,
                                                 int32_t active);
void ___tracy_emit_zone_end(TracyCZoneCtx ctx);
void ___tracy_emit_zone_name(TracyCZoneCtx ctx, const char *txt, size_t size);
void ___tracy_emit_memory_alloc_callstack_named(const void *ptr, size_t size, int32_t depth, const char *name);
void ___tracy_emit_memory_free_callstack_named(const void *ptr, int32_t depth, const char *name);
void ___tracy_emit_memory_discard_callstack(const char *name, int32_t depth);
void ___tracy_emit_frame_mark(const char *name);
void ___tracy_emit_plot_int(const char *name, int64_t val);
void ___tracy_emit_plot_config(const char *name, int32_t type, int32_t step, int32_t fill, uint32_t color);
#ifdef __cplusplus
}
#endif

#ifndef TRACY_CALLSTACK
#define TRACY_CALLSTACK 0
#endif

/* The semicolons at their ends are Tracy's. */
#define TracyCZoneN(ctx, name, active)                                                                                 \
    static const struct ___tracy_source_location_data ctx##_location = {name, __func__, __FILE__, __LINE__, 0};        \
    TracyCZoneCtx ctx = ___tracy_emit_zone_begin_callstack(&ctx##_location, TRACY_CALLSTACK, active);
#define TracyCZoneEnd(ctx)             ___tracy_emit_zone_end(ctx);
#define TracyCZoneName(ctx, txt, size) ___tracy_emit_zone_name(ctx, txt, size);
#define TracyCAllocN(ptr, size, name)  ___tracy_emit_memory_alloc_callstack_named(ptr, size, TRACY_CALLSTACK, name)
#define TracyCFreeN(ptr, name)         ___tracy_emit_memory_free_callstack_named(ptr, TRACY_CALLSTACK, name)
#ifndef TESTS_TRACY_WITHOUT_DISCARD
#define TracyCMemoryDiscard(name) ___tracy_emit_memory_discard_callstack(name, TRACY_CALLSTACK);
#endif
#define TracyCFrameMark                                 ___tracy_emit_frame_mark(0);
#define TracyCFrameMarkNamed(name)                      ___tracy_emit_frame_mark(name);
#define TracyCPlotI(name, val)                          ___tracy_emit_plot_int(name, val);
#define TracyCPlotConfig(name, type, step, fill, color) ___tracy_emit_plot_config(name, type, step, fill, color);

#else

typedef const void *TracyCZoneCtx;

#define TracyCZoneN(c, x, y)
#define TracyCZoneEnd(c)
#define TracyCZoneName(c, x, y)
#define TracyCAllocN(x, y, z)
#define TracyCFreeN(x, y)
#define TracyCMemoryDiscard(x)
#define TracyCFrameMark
#define TracyCFrameMarkNamed(x)
#define TracyCPlotI(x, y)
#define TracyCPlotConfig(x, y, z, w, a)

#endif
#endif
