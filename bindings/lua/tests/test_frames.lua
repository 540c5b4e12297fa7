-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal

test("a frame gives memory that goes with it", function()
    local a = fa.new()
    local sum, used = a:frame(function(frame, factor)
        local v = frame:array("double", 100)
        for index = 1, 100 do
            v[index] = index * factor
        end
        local sum = 0
        for _, value in v:each() do
            sum = sum + value
        end
        equal(frame:number(), 1)
        return sum, frame:used()
    end, 2)
    equal(sum, 10100)
    equal(used, 800)
    equal(a:in_frame(), false)
    equal(a:stats().frame.live_bytes, 0)
    equal(a:stats().frame.allocations, 1)
end)

test("an error in a frame ends it and is passed on", function()
    local a = fa.new()
    local ok, problem = pcall(a.frame, a, function() error({mine = true}) end)
    equal(ok, false)
    equal(problem.mine, true)
    equal(a:in_frame(), false)
end)

test("frames that are begun by hand", function()
    local a = fa.new()
    local frame = a:begin_frame()
    equal(a:in_frame(), true)
    frame:array("int", 4)
    frame:finish()
    equal(a:frame_number(), 1)
    equal(a:in_frame(), false)
end)

test("a scope gives back what was taken in it", function()
    local a = fa.new()
    a:frame(function(frame)
        local outer, inner = frame:array("int", 4), nil
        local before = frame:used()
        frame:scope(function() inner = frame:array("int", 1000) end)
        equal(frame:used(), before)
        check.raises("stale", inner.get, inner, 1)
        outer[1] = 5
        equal(outer[1], 5)
        local deep
        frame:scope(function()
            frame:scope(function() deep = frame:array("int", 1) end)
            equal(deep:valid(), false)
        end)
        a:scope(function(running) deep = running:array("u8", 100) end)
        equal(deep:valid(), false)
        equal(frame:used(), before)
    end)
end)

test("an attempt stays unless it raises, a speculation only if it says so", function()
    local a = fa.new()
    a:frame(function(frame)
        local stays = frame:attempt(function() return frame:copy("int", {1, 2, 3}) end)
        equal(stays[3], 3)
        local gone
        equal(pcall(frame.attempt, frame, function()
            gone = frame:array("int", 8)
            error "no"
        end), false)
        local used = frame:used()
        equal(frame:speculate(function() frame:array("int", 100) end), false)
        equal(frame:used(), used)
        local kept
        equal(frame:speculate(function() kept = frame:zeros("int", 100) return true end), true)
        equal(kept[100], 0)
        equal(frame:used() >= used + 400, true)
    end)
end)

test("a kept speculation goes with the scope around it", function()
    local a = fa.new()
    a:frame(function(frame)
        local kept
        frame:scope(function()
            frame:speculate(function() kept = frame:array("int", 1) return true end)
            equal(kept:valid(), true)
        end)
        equal(kept:valid(), false)
    end)
end)

test("functions run at the end, the newest first", function()
    local a, order = fa.new(), {}
    a:frame(function(frame)
        frame:on_end(function() order[#order + 1] = "first" end)
        frame:scope(function()
            frame:on_end(function() order[#order + 1] = "scope" end)
        end)
        frame:on_end(function() order[#order + 1] = "last" end)
    end)
    check.same(order, {"scope", "last", "first"})
end)

test("an error at the end is raised, and the others run", function()
    local a, ran = fa.new(), false
    local ok, problem = pcall(a.frame, a, function(frame)
        frame:on_end(function() ran = true end)
        frame:on_end(function() error("broken", 0) end)
    end)
    equal(ok, false)
    equal(problem, "broken")
    equal(ran, true)
    equal(a:in_frame(), false)
end)

test("batches, structures of arrays, memory ahead", function()
    local a, ahead = fa.new(), nil
    a:frame(function(frame)
        local list = frame:batch(10, "float", 5)
        equal(#list, 10)
        list[1]:fill(1)
        list[2]:fill(2)
        equal(list[1][5], 1)
        local soa = frame:soa(50, {x = "float", id = "u64"})
        soa.x:fill(0.5)
        soa.id:fill(7)
        equal(soa.x[50] + tonumber(soa.id[1]), 7.5)
        ahead = frame:ahead(1, "int", 4)
        ahead:fill(42)
    end)
    equal(ahead[4], 42)
    a:frame(function() equal(ahead[1], 42) end)
    check.raises("stale", ahead.get, ahead, 1)
end)

test("a window's books are exact when it is closed", function()
    local a = fa.new()
    a:frame(function(frame)
        local window = frame:window("4 KiB")
        for _ = 1, 1000 do
            window:alloc(48)
        end
        local v = window:array("int", 4)
        v:copy {1, 2, 3, 4}
        window:close()
        equal(v[4], 4)
        equal(frame:used(), 1000 * 48 + 16)
        equal(a:stats().frame.allocations, 1001)
    end)
end)

test("what is retained lives on", function()
    local a = fa.new()
    local frame = a:begin_frame()
    local v = frame:retained("int", 3, "pool")
    v:copy {1, 2, 3}
    local w = frame:copy("double", {0.5})
    frame:retain(w, {to = "heap", type_name = "weight"})
    frame:finish()
    equal(#frame.promotions, 2)
    equal(frame.summary.to_pool.count, 1)
    equal(frame.promotions[2].type_name, "weight")
    check.same(frame.promotions[1].view:table(), {1, 2, 3})
    equal(frame.promotions[2].view[1], 0.5)
    frame.promotions[1].view:release()
    frame.promotions[2].view:release()
    equal(a:stats().pool.live_count, 0)
    equal(a:promotion_stats().to_heap.count, 1)
end)

test("give back, warm, hold, caps", function()
    local a = fa.new {frame_cap = "64 KiB"}
    local frame = a:begin_frame()
    frame:warm("16 KiB")
    local v = frame:bytes(100)
    equal(frame:give_back(v), true)
    equal(v:valid(), false)
    equal(frame:used(), 0)
    local hold = frame:hold()
    local problem = check.raises("frame-cap", frame.bytes, frame, "1 MiB")
    equal(problem.code, "FA003")
    frame:finish()
    hold:release()
    hold:release()
    equal(a:config().frame_cap, 65536)
end)

test("vectors", function()
    local a = fa.new()
    a:frame(function(frame)
        local v = frame:vector("int", 8)
        v:extend {5, 3, 9, 1}
        v:insert(2, 4)
        equal(v:len(), 5)
        equal(v:find(9), 4)
        equal(v:find(77), nil)
        v:sort()
        check.same(v:view():table(), {1, 3, 4, 5, 9})
        equal(v:pop(), 9)
        v:remove(1)
        v:remove(1, true)
        check.same(v:view():table(), {5, 4})
        v:extend {6, 7}
        equal(v:retain(function(value) return value % 2 == 1 end), 2)
        check.same(v:view():table(), {5, 7})
        check.raises("full", v.extend, v, {1, 2, 3, 4, 5, 6, 7})
        v:clear()
        equal(v:len(), 0)
        check.raises("not-found", v.pop, v)
    end)
end)

test("maps", function()
    local a = fa.new()
    a:frame(function(frame)
        local m = frame:map("double", 4)
        m:set("one", 1)
        m:set("two", 2)
        m:set("one", 1.5)
        equal(m:len(), 2)
        equal(m:get "one", 1.5)
        equal(m:get "three", nil)
        equal(m:remove "two", true)
        equal(m:remove "two", false)
        local seen = {}
        for key, value in m:each() do
            seen[#seen + 1] = key .. value
        end
        check.same(seen, {"one1.5"})
        m:clear()
        for index = 1, 4 do
            m:set("k" .. index, index)
        end
        check.raises("full", m.set, m, "k5", 5)
        local numbers = frame:map("int", 10, "int")
        numbers:set(7, 49)
        equal(numbers:get(7), 49)
    end)
end)

test("a window is not used after its frame, or the part of it", function()
    local a, window, inner = fa.new(), nil, nil
    a:frame(function(frame)
        window = frame:window()
        window:alloc(16)
        frame:scope(function() inner = frame:window() inner:alloc(16) end)
        check.raises("stale", inner.alloc, inner, 16)
        inner:close()
    end)
    check.raises("stale", window.alloc, window, 16)
end)

test("memory ahead belongs to its lane, wherever it is looked at", function()
    local a, ahead = fa.new(), nil
    local lane = a:lane "other"
    a:frame(function(frame)
        ahead = frame:ahead(2, "int", 1):fill(4)
        lane:run(function()
            for _ = 1, 9 do
                a:frame(function() equal(ahead[1], 4) end)
            end
        end)
    end)
    for _ = 1, 2 do
        equal(ahead[1], 4)
        a:frame(function() equal(ahead[1], 4) end)
    end
    lane:run(function() check.raises("stale", ahead.get, ahead, 1) end)
end)

test("frames of whatever lane the host has bound", function()
    local a, first, second = fa.new(), nil, nil
    a:frame(function(frame) first = frame:zeros("int", 1) end)
    local lane = a:lane "fiber"
    local status, before = fa.calls.fa_lane_bind(a:pointer(), lane._lane)
    equal(status, 0)
    a:frame(function(frame)
        second = frame:zeros("int", 1)
        equal(second[1], 0)
    end)
    equal(second:valid(), false)
    equal(fa.calls.fa_lane_bind(a:pointer(), before), 0)
    a:frame(function() equal(first:valid() or second:valid(), false) end)
end)

test("views of a frame change their size", function()
    local a = fa.new()
    a:frame(function(frame)
        local v = frame:copy("int", {1, 2, 3})
        local more = frame:resize(v, 100)
        check.raises("stale", v.get, v, 1)
        check.same(more:table(1, 3), {1, 2, 3})
        local _ = frame:bytes(16)
        more[100] = 9
        local moved = frame:resize(more, 200)
        check.raises("stale", more.get, more, 1)
        equal(moved[100], 9)
        check.raises("size", frame.resize, frame, moved, -1)
        local part = moved:sub(1, 2)
        check.raises("unsupported", frame.resize, frame, moved, 300)
        equal(part[1], 1)
    end)
end)

test("a block is not given back while a part of it is in use", function()
    local a = fa.new()
    a:frame(function(frame)
        local v = frame:copy("int", {1, 2, 3})
        v:sub(1, 2)
        check.raises("unsupported", frame.give_back, frame, v)
        local units = frame:zeros(fa.struct {{"x", "int"}}, 1)
        local unit = units[1]
        equal(frame:give_back(units), true)
        check.raises("stale", function() return unit.x end)
    end)
end)

test("a frame within the frame says what it took", function()
    local a, order, inner = fa.new(), {}, nil
    a:frame(function(frame)
        local before = frame:used()
        local bytes, blocks = frame:subframe(function()
            inner = frame:bytes(1000)
            frame:on_end(function() order[#order + 1] = inner:valid() end)
            frame:array("int", 4)
        end)
        equal(bytes >= 1016, true)
        equal(blocks, 2)
        equal(frame:used(), before)
        check.raises("stale", inner.text, inner)
        check.same(order, {true})
        equal(pcall(frame.subframe, frame, error, "no"), false)
        equal(frame:used(), before)
    end)
end)

test("nil instead of an error, and no report, where there is no memory", function()
    local a = fa.new {frame_cap = "64 KiB"}
    local group, task = a:group "g", a:task "t"
    a:frame(function(frame)
        equal(frame:try_array("u8", 2 ^ 20), nil)
        frame:try_array("int", 4):fill(1)
        equal(a:diagnostic_count "FA003", 0)
        check.raises("alignment", frame.try_array, frame, "int", 1, 3)
        check.raises("size", frame.try_array, frame, "int", -1)
    end)
    equal(group:try_array("u8", 2 ^ 50), nil)
    equal(task:try_array("u8", 2 ^ 50), nil)
    equal(group:try_array("u8", 10):len() + task:try_array("u8", 10):len(), 20)
    equal(a:try_block("u8", 2 ^ 50), nil)
    a:try_block("int", 4, "pool"):release()
    equal(a:diagnostic_count "FA904", 0)
end)

test("importance says what becomes of a block", function()
    local a = fa.new()
    local frame = a:begin_frame()
    frame:important("int", 2, "persistent"):copy {4, 5}
    frame:important("int", 2, "ephemeral")
    frame:finish()
    local kept
    for _, one in ipairs(frame.promotions) do
        kept = kept or one.view
    end
    check.same(kept:table(), {4, 5})
    kept:release()
end)

if _VERSION > "Lua 5.1" then
    test("coroutines that leave parts of a frame in the wrong order", function()
        local a, views = fa.new(), {}
        local frame = a:begin_frame()
        local function part(number)
            return coroutine.create(function()
                frame:scope(function()
                    views[number] = frame:zeros("int", 4)
                    coroutine.yield()
                end)
            end)
        end
        local first, second = part(1), part(2)
        coroutine.resume(first)
        coroutine.resume(second)
        equal(views[1]:valid() and views[2]:valid(), true)
        equal(coroutine.resume(first), true)
        equal(views[1]:valid() or views[2]:valid(), false)
        local ok, problem = coroutine.resume(second)
        equal(ok, false)
        equal(problem.name, "stale")
        equal(frame:zeros("int", 1)[1], 0)
        frame:finish()
    end)
end
