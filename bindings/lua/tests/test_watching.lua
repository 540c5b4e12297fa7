-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal

test("events", function()
    local a, told = fa.new(), {}
    local stop = a:listen(function(event) told[#told + 1] = event.kind end, {"frame-begin", "frame-end"})
    a:frame(function(frame) frame:bytes(16) end)
    stop()
    stop()
    a:frame(function() end)
    check.same(told, {fa.constants.FA_EVENT_FRAME_BEGIN, fa.constants.FA_EVENT_FRAME_END})
    equal(a:events_suppressed(), 0)
end)

test("reports reach a function, and can be read back", function()
    local a, told = fa.new(), {}
    a:on_diagnostic(function(report) told[#told + 1] = report end)
    a:emit {severity = "warning", code = "GAME7", message = "no path", note = "a note", help = "none"}
    check.raises("no-frame", function() return fa.calls.fa_frame_end(a:pointer()) ~= 0 and a:running_frame() end)
    equal(told[1].code_text, "GAME7")
    equal(told[1].message, "no path")
    equal(told[2].code_text, "FA005")
    a:on_diagnostic(nil)
    local kept = a:diagnostics()
    equal(kept[1].code_text, "FA005")
    equal(a:diagnostic_count "FA005", 1)
    equal(fa.describe("FA005").name, "FA005")
    check.raises("not-found", fa.describe, "FA999")
    equal(a:context().frame_active, 0)
end)

test("strict mode is counted in levels", function()
    local a = fa.new()
    a:strict "off"
    a:strict("error", function() equal(a:strict_level(), fa.constants.FA_STRICT_ERROR) end)
    equal(a:strict_level(), fa.constants.FA_STRICT_OFF)
end)

test("snapshots", function()
    local a = fa.new()
    a:configure_snapshots {folder = os.getenv "TMPDIR" or "/tmp", name = "lua-test", automatic = false}
    a:frame(function(frame) frame:bytes(5000) end)
    local text = a:snapshot()
    equal(text:match '"version": ?(%d+)', "1")
    equal(text:sub(1, 1) .. text:match "(%S)%s*$", "{}")
    equal(a:snapshot_stats().written, 0)
    a:configure_snapshots(nil)
    check.raises("disabled", a.request_snapshot, a)
    equal(a:snapshot_stats().on, 0)
end)

test("history", function()
    local a = fa.new()
    a:start_history {samples = 16}
    for index = 1, 20 do
        a:frame(function(frame) frame:bytes(index * 100) end)
    end
    equal(#a:history(), 16)
    equal(a:history(18)[1].frame, 19)
    local graph, points = a:graph {curve = "frame-bytes", samples = 8, height = 100}
    equal(#points, graph.points)
    equal(points[#points].frame, 20)
    equal(a:performance().frames, 16)
    a:stop_history()
end)

test("debug mode finds what is left and what was overwritten", function()
    local a = fa.new {debug_mode = true}
    local block = a:block("u8", 24, "pool")
    equal(#a:leaks(), 1)
    equal(a:debug_stats().live_blocks, 1)
    equal(a:debug_find(block:pointer()).bytes, 24)
    equal(a:debug_check(), 0)
    equal(a:debug_options().flags > 0, true)
    equal(a:debug_report() ~= "", true)
    fa.calls.fa_config_check(nil)
    block:release()
    equal(#a:leaks(), 0)
end)

test("the behaviour filter", function()
    local a = fa.new()
    a:enable_filter "strict"
    for _ = 1, 300 do
        a:frame(function() a:block("u8", 64, "pool"):release() end)
    end
    equal(#a:filter_issues() > 0, true)
    equal(a:filter_report():find "BF002" ~= nil, true)
    equal(a:filter_report("json"):sub(1, 1):match "[%[{]" ~= nil, true)
    a:reset_filter()
    equal(#a:filter_issues(), 0)
    a:disable_filter()
end)

test("an engine that forgets its hook is told", function()
    local a = fa.new()
    a:attach_engine "loop"
    a:pre_frame()
    a:post_frame()
    a:tick()
    equal(a:engine_info().name, "loop")
    equal(a:engine_info().pre_frames, 1)
    a:tick()
    equal(a:engine_info().missed > 0, true)
    a:detach_engine()
end)

test("traces", function()
    local a, path = fa.new(), os.tmpname()
    a:start_trace(path, {})
    a:frame(function(frame) frame:bytes(100) end)
    a:flush_trace()
    equal(a:trace_stats().active, 1)
    a:stop_trace()
    local file = assert(io.open(path))
    equal(#file:read "*a" > 0, true)
    file:close()
    os.remove(path)
end)

test("texts that begin with a digit are texts", function()
    local a = fa.new()
    a:on_diagnostic(function(report) equal(report.message, "404 paths failed") end)
    a:emit {code = "GAME1", message = "404 paths failed", note = "2 of them", help = "64 KiB"}
    equal(a:diagnostics()[1].note:find "2 of them", 1)
end)

test("codes", function()
    local a = fa.new()
    local codes = fa.codes()
    equal(#codes > 20, true)
    a:raise("FA001", "by the program")
    equal(a:diagnostic_count "FA001", 1)
    local debugged = fa.new {debug_mode = true}
    local block = debugged:block("u8", 64)
    debugged:frame(function() end)
    equal(debugged:report_old(0, 0), 1)
    block:release()
    a:start_history {samples = 4}
    a:frame(function() end)
    equal(a:newest_sample(), 1)
end)
