/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "store/scope.h"

#include "account/ledger.h"
#include "core/call.h"
#include "core/report.h"
#include "store/scratch.h"
#include "store/scratch_pool.h"

/* What the library keeps in fa_scratch_scope::reserved. */
enum { CHUNK, CURSOR, SPILLED, LIVE };

void fa_scratch_marks_push(fa_scratch_marks *marks, const fa_arena *arena, fa_scratch_scope *scope)
{
    fa_arena_mark here = fa_arena_here(arena);
    scope->depth = ++marks->depth;
    scope->resets = marks->resets;
    scope->reserved[CHUNK] = (uintptr_t)here.chunk;
    scope->reserved[CURSOR] = here.cursor;
    scope->reserved[SPILLED] = here.spilled;
    scope->reserved[LIVE] = here.live;
}

fa_status fa_scratch_marks_check(const fa_scratch_marks *marks, const fa_scratch_scope *scope)
{
    if (scope->resets != marks->resets || scope->depth > marks->depth)
        return FA_ERROR_STALE;
    return scope->depth == marks->depth ? FA_OK : FA_ERROR_UNBALANCED;
}

fa_arena_mark fa_scratch_mark_of(const fa_scratch_scope *scope)
{
    return (fa_arena_mark){(fa_chunk *)(uintptr_t)scope->reserved[CHUNK], scope->reserved[CURSOR],
                           scope->reserved[SPILLED], scope->reserved[LIVE]};
}

fa_chunk *fa_scratch_marks_pop(fa_allocator *a, fa_scratch_marks *marks, fa_arena *arena, const fa_scratch_scope *scope)
{
    fa_arena_mark mark = fa_scratch_mark_of(scope);
    marks->depth--;
    return fa_arena_cut(a, arena, &mark);
}

fa_status fa_scratch_scope_begin(fa_allocator *a, fa_scratch_scope *scope)
{
    FA_ENTER(a);
    if (scope == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the scope to begin is NULL");
    *scope = (fa_scratch_scope)FA_SCRATCH_SCOPE_INIT;
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_scratch_marks_push(&lane->scratch.marks, &lane->scratch.arena, scope);
    scope->allocator = a;
    scope->lane = lane->id;
    return FA_OK;
}

static fa_status end_on_lane(const fa_scratch_scope *scope)
{
    fa_lane *lane = fa_lane_get(scope->allocator);
    if (lane == NULL)
        return fa_last_status();
    if (lane->id != scope->lane)
        return FA_ERROR_WRONG_LANE;
    fa_status status = fa_scratch_marks_check(&lane->scratch.marks, scope);
    if (status == FA_OK)
        fa_scratch_rewind(lane, scope);
    return status;
}

static fa_status refuse(const fa_scratch_scope *scope, fa_status status)
{
    switch (status) {
    case FA_OK: return FA_OK;
    case FA_ERROR_UNBALANCED:
        return fa_refuse(scope->allocator, FA_CODE_UNBALANCED, status, "a scratch scope inside this one is open");
    case FA_ERROR_STALE:
        return fa_refuse(scope->allocator, FA_CODE_STALE, status, "the scratch memory of the scope was reset, or the scope ended");
    case FA_ERROR_WRONG_LANE:
        return fa_refuse(scope->allocator, FA_CODE_STALE, status, "the scratch scope was begun on another lane");
    default: return status;
    }
}

fa_status fa_scratch_scope_end(fa_scratch_scope *scope)
{
    FA_ENTER(scope == NULL ? NULL : scope->allocator);
    if (scope == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the scope to end is NULL");
    if (scope->allocator == NULL)
        return FA_OK;
    fa_status status = refuse(scope, scope->pool != NULL ? fa_scratch_pool_scope_end(scope) : end_on_lane(scope));
    if (status == FA_OK || status == FA_ERROR_STALE)
        scope->allocator = NULL;
    return status;
}
