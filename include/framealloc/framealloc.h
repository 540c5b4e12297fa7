/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file framealloc.h
 * @brief All of libframealloc: memory by intent for programs that run in frames.
 */
#ifndef FRAMEALLOC_FRAMEALLOC_H
#define FRAMEALLOC_FRAMEALLOC_H

#include "allocator.h"
#include "annotations.h"
#include "backend.h"
#include "barrier.h"
#include "block.h"
#include "budget.h"
#include "checkpoint.h"
#include "codes.h"
#include "config.h"
#include "debug.h"
#include "deferred.h"
#include "diagnostic.h"
#include "engine.h"
#include "event.h"
#include "filter.h"
#include "forms.h"
#include "frame.h"
#include "group.h"
#include "handle.h"
#include "heap.h"
#include "lane.h"
#include "magazine.h"
#include "object_pool.h"
#include "map.h"
#include "phase.h"
#include "pool.h"
#include "raise.h"
#include "retain.h"
#include "scratch.h"
#include "scratch_pool.h"
#include "snapshot.h"
#include "stats.h"
#include "status.h"
#include "stream.h"
#include "strict.h"
#include "subframe.h"
#include "tag.h"
#include "task.h"
#include "text.h"
#include "transfer.h"
#include "vector.h"
#include "version.h"
#include "window.h"

#endif
