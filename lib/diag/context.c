/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/context.h"

#include "account/tag.h"
#include "base/os.h"
#include "core/call.h"
#include "core/versioned.h"
#include "diag/text.h"
#include "frame/frame.h"
#include "frame/phase.h"

static void capture_tag(fa_allocator *a, const fa_lane *lane, fa_diagnostic_context *out)
{
    char path[sizeof out->tag_path] = "";
    if (lane->account.current == NULL)
        return;
    out->tag = fa_tag_id(a, lane->account.current);
    (void)fa_tag_path(a, out->tag, path, sizeof path);
    fa_text_escape(out->tag_path, sizeof out->tag_path, path);
}

static void capture_lane(fa_allocator *a, const fa_lane *lane, fa_diagnostic_context *out)
{
    out->lane = lane->id;
    out->frame_number = fa_frame_current(lane);
    out->frame_active = fa_frame_running(lane);
    fa_text_escape(out->lane_name, sizeof out->lane_name, lane->name);
    int32_t phase = fa_phase_innermost(lane);
    if (phase >= 0)
        fa_text_escape(out->phase, sizeof out->phase, fa_phase_name(lane, phase));
    capture_tag(a, lane, out);
}

void fa_context_capture(fa_allocator *a, fa_diagnostic_context *out)
{
    char name[16];
    *out = (fa_diagnostic_context)FA_DIAGNOSTIC_CONTEXT_INIT;
    out->thread_id = fa_os_thread_number();
    out->main_thread = fa_os_is_main_thread();
    fa_os_thread_name(name, sizeof name);
    fa_text_escape(out->thread_name, sizeof out->thread_name, name);
    const fa_lane *lane = a == NULL ? NULL : fa_lane_existing(a);
    if (lane != NULL)
        capture_lane(a, lane, out);
    if (a == NULL)
        return;
    fa_mutex_lock(&a->diag.lock);
    out->engine_attached = a->diag.engine.info.attached;
    fa_mutex_unlock(&a->diag.lock);
}

void fa_context_describe(const fa_diagnostic_context *context, char *buffer, size_t size)
{
    fa_text text = {buffer, size, 0, 0};
    buffer[0] = '\0';
    if (context->tag_path[0] != '\0')
        fa_text_add(&text, "under tag %s ", context->tag_path);
    if (context->phase[0] != '\0')
        fa_text_add(&text, "in phase \"%s\" ", context->phase);
    fa_text_add(&text, "on thread \"%s\"", context->thread_name);
    if (context->frame_number == 0)
        fa_text_add(&text, ", before its first frame");
    else
        fa_text_add(&text, ", %s frame %llu", context->frame_active ? "in" : "after",
                    (unsigned long long)context->frame_number);
}

fa_status fa_diagnostic_get_context(fa_allocator *a, fa_diagnostic_context *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_diagnostic_context here;
    fa_context_capture(a, &here);
    return fa_versioned_write(a, out, &here, sizeof here);
}
