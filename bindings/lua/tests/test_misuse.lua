-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal

test("every use of a view after its frame is an error", function()
    local a, v = fa.new(), nil
    a:frame(function(frame) v = frame:zeros("int", 4) end)
    for _ = 1, 2 do
        for _, use in ipairs {"get", "fill", "clear", "table", "text", "sub", "as", "pointer", "release", "copy"} do
            equal(check.raises("stale", v[use], v, use == "as" and "u8" or use == "copy" and {} or 1).code, nil)
        end
        check.raises("stale", function() v[1] = 1 end)
        equal(v:valid(), false)
        a:frame(function() equal(v:valid(), false) end)
    end
end)

test("a frame is ended once", function()
    local a = fa.new()
    local frame = a:begin_frame()
    equal(check.raises("frame-active", a.begin_frame, a).code, "FA004")
    frame:finish()
    check.raises("stale", frame.finish, frame)
    check.raises("stale", frame.array, frame, "int", 1)
    check.raises("stale", frame.scope, frame, print)
    check.raises("no-frame", a.scope, a, print)
    equal(check.raises("no-frame", function()
        local status = fa.calls.fa_phase_begin(a:pointer(), "none")
        equal(status, fa.constants.FA_ERROR_NO_FRAME)
        a:phase("none", print)
    end).name, "no-frame")
end)

test("a frame that C has ended is noticed", function()
    local a = fa.new()
    local frame = a:begin_frame()
    local v = frame:array("int", 1)
    equal(fa.calls.fa_frame_end(a:pointer()), 0)
    check.raises("stale", v.get, v, 1)
    check.raises("stale", frame.array, frame, "int", 1)
    check.raises("stale", frame.finish, frame)
end)

test("a closed allocator refuses everything that is left of it", function()
    local a = fa.new()
    local frame = a:begin_frame()
    local v, window, vector = frame:array("int", 1), frame:window(), frame:vector("int", 4)
    local block, group, task = a:block("int", 4), a:group "g", a:task "t"
    local pool, handle, stream = a:object_pool(fa.struct {{"x", "int"}}), a:handle("int", 4), a:stream(1000)
    local unit, stop = pool:take(), a:listen(function() end)
    a:close()
    a:close()
    equal(a:closed(), true)
    window:close()
    stop()
    for _, use in ipairs {
        function() return v[1] end, function() return block[1] end, function() block:release() end,
        function() frame:array("int", 1) end, function() frame:finish() end, function() vector:push(1) end,
        function() group:bytes(1) end, function() group:destroy() end, function() task:finish() end,
        function() pool:take() end, function() return unit.x end, function() handle:pin(print) end,
        function() stream:reserve(10) end, function() a:frame(print) end, function() a:stats() end,
        function() a:tag("x", print) end, function() fa.borrow(nil) end,
    } do
        check.raises("invalid-allocator", use)
    end
end)

test("a collected allocator is released, one that is in use is not collected", function()
    local a = fa.new()
    local other = fa.borrow(a:pointer())
    equal(a:references(), 2)
    local block = other:block("int", 1)
    other = nil
    collectgarbage()
    collectgarbage()
    equal(a:references(), 2)
    block:release()
    block = nil
    collectgarbage()
    collectgarbage()
    equal(a:references(), 1)
end)

test("errors in callbacks are raised once the call has returned", function()
    local a = fa.new()
    local stop = a:listen(function() error("in a listener", 0) end, {"frame-end"})
    local ok, problem = pcall(a.frame, a, function() end)
    equal(ok, false)
    equal(problem, "in a listener")
    stop()
    a:frame(function() end)
    a:on_diagnostic(function() error({mine = true}) end)
    ok, problem = pcall(a.emit, a, {code = "GAME1", message = "x"})
    equal(ok, false)
    equal(problem.mine, true)
end)

test("callbacks from calls that are compiled", function()
    local a, told = fa.new(), 0
    a:set_budget {hard = "8 KiB", tag = "hot", decide = function() told = told + 1 return "allow" end}
    local frame = a:begin_frame()
    a:tag("hot", function()
        for _ = 1, 2000 do
            frame:array("int", 16)
        end
    end)
    frame:finish()
    equal(told > 1000, true)
end)

test("a callback is not collected", function()
    local a, told = fa.new(), 0
    a:on_diagnostic(function() told = told + 1 end)
    for _ = 1, 3 do
        collectgarbage()
        a:emit {code = "GAME1", message = "x"}
    end
    equal(told, 3)
end)

test("nested callbacks, and one that uses the allocator", function()
    local a, told = fa.new(), {}
    a:listen(function(event) told[#told + 1] = event.frame a:block("int", 1):release() end, {"frame-begin"})
    a:frame(function(frame) frame:bytes(1) end)
    a:frame(function() end)
    check.same(told, {1, 2})
end)

test("a coroutine may be in the middle when C calls back", function()
    local a, told = fa.new(), 0
    a:listen(function() told = told + 1 end, {"frame-end"})
    local routine = coroutine.wrap(function()
        for _ = 1, 3 do
            local frame = a:begin_frame()
            frame:bytes(10)
            frame:finish()
            coroutine.yield(told)
        end
    end)
    equal(routine(), 1)
    equal(routine(), 2)
end)

test("wrong arguments of the layer below are errors", function()
    equal(pcall(fa.calls.fa_frame_alloc, true, 1, 1), false)
    equal(pcall(fa.calls.fa_tag_list, nil), false)
    check.raises("invalid-argument", fa.constants and function() fa.new():block("int", 1, "nowhere") end)
end)

if _VERSION >= "Lua 5.4" then
    test("variables that are closed", assert(load [[
        local check, fa = require "check", require "framealloc"
        return function()
            local a <close> = fa.new()
            local kept
            do
                local frame <close> = a:begin_frame()
                local group <close> = a:group "g"
                kept = frame:array("int", 1)
            end
            check.equal(a:in_frame(), false)
            check.equal(#a:groups(), 0)
            check.equal(kept:valid(), false)
            do
                local block <close> = a:block("int", 4)
                local early <close> = a:block("int", 4)
                early:release()
            end
            check.equal(a:stats().pool.live_count, 0)
        end]])())
end
