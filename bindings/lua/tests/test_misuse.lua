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

test("an error says where it was made", function()
    local a = fa.new()
    local problem = check.raises("invalid-argument", function() a:block("int", 1, "nowhere") end)
    equal(problem.where:match "test_misuse.lua:%d+:$" ~= nil, true)
    equal(tostring(problem):find(problem.where, 1, true), 1)
    problem = check.raises("stale", function()
        local v = a:frame(function(frame) return frame:zeros("int", 1) end)
        return v[1] + 1
    end)
    equal(problem.where:match "test_misuse.lua:%d+:$" ~= nil, true)
end)

test("what a callback's error interrupts has not begun", function()
    local a, fails = fa.new(), true
    local stop = a:listen(function() if fails then error("no", 0) end end, {"frame-begin"})
    local ok, problem = pcall(a.frame, a, function() error "not run" end)
    equal(ok, false)
    equal(problem, "no")
    equal(a:in_frame(), false)
    fails = false
    a:frame(function() end)
    stop()
    a:set_budget {hard = "1 MiB", soft = 100, tag = "t"}
    a:on_budget(function() error("full", 0) end)
    ok, problem = pcall(a.tag, a, "t", a.block, a, "u8", 4000, "heap")
    equal(ok, false)
    equal(problem, "full")
    equal(a:stats().heap.live_count, 0)
    a:on_budget(nil)
    local kept = a:block("u8", 4000, "heap")
    kept:release()
end)

test("parts and elements of a block go with it", function()
    local a = fa.new()
    local unit = fa.struct {{"x", "int"}}
    for _, store in ipairs {a:group "g", a:task "t"} do
        local v = store:zeros(unit, 4)
        local part, bytes, element = v:sub(2, 3), v:as "u8", v[1]
        element.x = 4
        equal(bytes[1], 4)
        equal(part[1].x, 0)
        local inner = part:sub(1, 1)
        v:release()
        for _, gone in ipairs {part, bytes, inner} do
            equal(gone:valid(), false)
            check.raises("stale", gone.get, gone, 1)
        end
        check.raises("stale", function() element.x = 1 end)
        local whole = store:bytes(64)
        local floats = whole:as "float"
        floats:release()
        check.raises("stale", whole.get, whole, 1)
    end
    local block = a:block("int", 8, "pool")
    local rest = block:sub(3)
    check.raises("unsupported", rest.resize, rest, 100)
    check.raises("size", block.resize, block, 0.5)
    check.raises("size", block.resize, block, -1)
    rest:release()
    equal(block:valid(), false)
    equal(a:stats().pool.live_count, 0)
end)

test("a lane that was released is not used", function()
    local a = fa.new()
    local lane = a:lane "gone"
    lane:release()
    for _, use in ipairs {"run", "stats", "release", "frame_times"} do
        check.raises("stale", lane[use], lane, print)
    end
end)

test("collections in the middle of everything", function()
    local a, stop = fa.new(), nil
    stop = a:listen(function() collectgarbage() end)
    a:on_diagnostic(function() collectgarbage() end)
    local pool = a:object_pool(fa.struct {{"x", "int"}})
    for round = 1, 3 do
        a:frame(function(frame)
            local map, vector = frame:map("int", 64), frame:vector("int", 64)
            for index = 1, 64 do
                map:set("key " .. index, index)
                vector:push(index)
                collectgarbage "step"
            end
            frame:window():alloc(16)
            a:magazine("u8", 32):take():release()
            collectgarbage()
            for index = 1, 64 do
                equal(map:get("key " .. index), index)
                equal(vector:view()[index], index)
            end
            frame:attempt(function() equal(pool:take({x = round}).x, round) end)
            a:emit {code = "GAME1", message = "x"}
        end)
    end
    stop()
    equal(pool:len(), 3)
end)
