/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file probes.h
 * @brief Static probes (USDT) for gdb, perf, bpftrace and SystemTap.
 *
 * A library built with `sys/sdt.h` has these probes of the provider `framealloc`. Each has a semaphore: while nobody traces
 * a probe, what it would tell is not even looked for.
 *
 * | probe | arguments |
 * |---|---|
 * | frame_begin | lane, frame |
 * | frame_end | lane, frame, bytes, peak_bytes, nanoseconds |
 * | alloc | lane, intent, address, bytes, tag |
 * | free | lane, intent, address, bytes, tag |
 * | discard | lane, what, frame, bytes, blocks, ranges, range_count |
 * | zone_begin | lane, what, name |
 * | zone_end | lane, what, name |
 * | budget | lane, tag, requested, used |
 * | pressure | lane, requested, used |
 * | report | lane, code, note |
 *
 * They are the fields of fa_event; all arguments are 64 bits wide but for intent, what and code, which are of 32. `lane` is
 * an id, 0 for none; `name` and `note` point to terminated text; `ranges` points to `range_count` fa_range. Blocks are told
 * as fa_event_listen() says.
 *
 * An allocator notices that somebody traces when it is created, when it makes a lane, when a phase begins or a frame takes
 * another chunk, when its figures are read, and when it is asked to look.
 */
#ifndef FRAMEALLOC_PROBES_H
#define FRAMEALLOC_PROBES_H

#include "annotations.h"
#include "status.h"

/**
 * @brief Has an allocator look who traces its probes: for programs that have none of the occasions above for long.
 * @param traced receives how many of the probes are being traced; may be NULL.
 * @return FA_OK; FA_ERROR_UNSUPPORTED if the library was built without probes; FA_ERROR_INVALID_ALLOCATOR. Thread safety:
 * any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_probes_update(fa_allocator *a, FA_OUT FA_NULLABLE uint32_t *traced);

#endif
