/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/strict.h"

#include "core/call.h"
#include "core/report.h"

#include <framealloc/strict.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic bool blamed;

static int32_t level_named(const char *name)
{
    if (name == NULL || *name == '\0' || strcmp(name, "warn") == 0)
        return FA_STRICT_OFF;
    if (strcmp(name, "error") == 0)
        return FA_STRICT_ERROR;
    return strcmp(name, "warning") == 0 ? FA_STRICT_WARNING : -1;
}

int32_t fa_strict_from_environment(void)
{
    const char *name = secure_getenv("FRAMEALLOC_STRICT");
    int32_t level = level_named(name);
    if (level >= 0)
        return level;
    if (!atomic_exchange(&blamed, true))
        fa_warn(NULL, FA_CODE_ENVIRONMENT, "FRAMEALLOC_STRICT is \"%s\", and takes warn, error or warning", name);
    return FA_STRICT_OFF;
}

static int32_t level_of(fa_allocator *a)
{
    const fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL && lane->diag.strict_depth != 0)
        return lane->diag.strict[lane->diag.strict_depth - 1];
    return fa_peek(a->diag.strict);
}

bool fa_strict_stops(fa_allocator *a, int32_t severity)
{
    if (severity == FA_SEVERITY_NOTE)
        return false;
    int32_t level = a == NULL ? level_named(secure_getenv("FRAMEALLOC_STRICT")) : level_of(a);
    return level >= (severity == FA_SEVERITY_ERROR ? FA_STRICT_ERROR : FA_STRICT_WARNING);
}

void fa_strict_stop(const fa_diagnostic *diagnostic)
{
    (void)fprintf(stderr, "[framealloc] strict mode stops the program at %s\n", diagnostic->code_text);
    (void)fflush(stderr);
    abort();
}

static fa_status check(fa_allocator *a, int32_t level)
{
    if (level >= FA_STRICT_OFF && level <= FA_STRICT_WARNING)
        return FA_OK;
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "%d is no level of strict mode", level);
}

fa_status fa_strict_set(fa_allocator *a, int32_t level)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_status status = check(a, level);
    if (status == FA_OK)
        fa_poke(a->diag.strict, level);
    return status;
}

int32_t fa_strict_level(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? level_of(a) : FA_STRICT_OFF;
}

fa_status fa_strict_begin(fa_allocator *a, int32_t level)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_status status = check(a, level);
    if (status != FA_OK)
        return status;
    if (lane->diag.strict_depth == FA_STRICT_DEPTH)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_DEPTH, "%d strict scopes are open on this lane", FA_STRICT_DEPTH);
    lane->diag.strict[lane->diag.strict_depth++] = (uint8_t)level;
    return FA_OK;
}

fa_status fa_strict_end(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (lane->diag.strict_depth == 0)
        return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "no strict scope is open on this lane");
    lane->diag.strict_depth--;
    return FA_OK;
}
