-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal

test("blocks of the pool and the heap", function()
    local a = fa.new()
    local small, large = a:block("int", 4), a:block("double", 10000, "heap")
    small:fill(1)
    large:fill(2)
    equal(a:stats().pool.live_count, 1)
    equal(a:stats().heap.live_count, 1)
    equal(#a:heap_blocks(), 1)
    equal(a:owns(small), true)
    local grown = small:resize(100)
    equal(small:valid(), false)
    equal(grown[4], 1)
    grown:release()
    check.raises("stale", grown.release, grown)
    large:release()
    equal(a:stats().pool.live_count + a:stats().heap.live_count, 0)
    a:trim()
end)

test("groups", function()
    local a = fa.new()
    local group = a:group "level"
    local first, second = group:bytes(100), group:array("int", 10)
    equal(group:stats().count, 2)
    equal(group:stats().name, "level")
    first:release()
    check.raises("stale", first.text, first)
    second[1] = 3
    equal(group:stats().count, 1)
    equal(#a:groups(), 1)
    equal(a:find_group("level").id, group.id)
    group:clear()
    check.raises("stale", second.get, second, 1)
    local third = group:array("int", 1)
    group:destroy()
    check.raises("stale", third.get, third, 1)
    check.raises("stale", group.bytes, group, 1)
    check.raises("not-found", a.find_group, a, "level")
end)

test("tasks", function()
    local a, ended = fa.new(), {}
    local task = a:task "load"
    local child = task:task "part"
    task:on_end(function() ended[#ended + 1] = "load" end)
    child:on_end(function() ended[#ended + 1] = "part" end)
    local v = task:copy("int", {1, 2})
    equal(task:stats().children, 1)
    equal(a:task_count(), 2)
    child:finish()
    task:finish()
    check.same(ended, {"part", "load"})
    check.raises("stale", v.get, v, 1)
    check.raises("stale", task.finish, task)
    equal(a:task_count(), 0)
end)

test("scratch pools", function()
    local a = fa.new()
    local pool = a:scratch "paths"
    local v = pool:array("int", 100)
    local inner
    pool:scope(function() inner = pool:bytes(5000) end)
    check.raises("stale", inner.text, inner)
    v[1] = 1
    equal(pool:stats().blocks.live_count, 1)
    check.same(a:scratch_pools(), {"paths"})
    pool:set_limit("64 KiB")
    check.raises("full", pool.bytes, pool, "1 MiB")
    pool:reset()
    check.raises("stale", v.get, v, 1)
    pool:destroy()
    local own = a:lane_scratch()
    own:bytes(64)
    equal(a:scratch_used() >= 64, true)
    own:reset()
    equal(a:scratch_used(), 0)
end)

test("settings come back, presets first", function()
    local a = fa.new {preset = "minimal", frame_chunk_max = "128 KiB", frame_reset_policy = "decay"}
    local config = a:config()
    equal(config.frame_chunk_max, 131072)
    equal(config.frame_reset_policy, fa.constants.FA_RESET_DECAY)
    equal(config.statistics, 0)
    check.raises("invalid-argument", fa.new, {frame_reset_policy = "sometimes"})
    equal(pcall(fa.new, {no_such_field = 1}), false)
end)

test("a borrowed allocator is the host's", function()
    local host = fa.new()
    local guest = fa.borrow(host:pointer())
    equal(host:references(), 2)
    host:frame(function(frame)
        local running = guest:running_frame()
        local v = running:copy("int", {1, 2, 3})
        equal(host:stats().frame.live_count, 1)
        running:scope(function() running:bytes(1000) end)
        equal(frame:used(), 16)
        check.raises("unsupported", running.on_end, running, print)
        running:finish()
        equal(host:in_frame(), true)
        equal(v:valid(), true)
    end)
    check.raises("no-frame", guest.running_frame, guest)
    guest:close()
    equal(host:references(), 1)
    check.raises("invalid-allocator", fa.borrow, nil)
end)

test("every exported function can be called by its name in C", function()
    local a = fa.new()
    for name in pairs(require "framealloc.abi".functions) do
        equal(type(fa.calls[name]), "function")
    end
    equal(fa.calls.fa_version(), fa.constants.FA_VERSION)
    equal(pcall(function() return fa.calls.fa_no_such_function end), false)
    local status, stats = fa.calls.fa_allocator_stats(a:pointer())
    equal(status, 0)
    equal(stats.frame.live_bytes, 0)
end)

test("magazines take and give blocks alike", function()
    local a, taken = fa.new(), {}
    local magazine = a:magazine("int", 4)
    for round = 1, 3 do
        for index = 1, 200 do
            taken[index] = magazine:take():fill(index)
        end
        for index = 1, 200 do
            equal(taken[index][4], index)
            if round < 3 or index > 1 then
                magazine:give(taken[index])
                check.raises("stale", taken[index].get, taken[index], 1)
            end
        end
    end
    check.raises("stale", magazine.give, magazine, taken[2])
    check.raises("invalid-argument", magazine.give, magazine, a:block("int", 5, "pool"))
    check.raises("invalid-argument", magazine.give, magazine, taken[1]:sub(2))
    taken[1]:release()
    magazine:close()
    magazine:close()
    check.raises("stale", magazine.take, magazine)
    equal(a:stats().pool.live_count, 1)
    equal(a:stats().pool.allocations, 601)
    local open = a:magazine("u8", 100)
    open:take()
    a:close()
    check.raises("invalid-allocator", open.take, open)
    open:close()
end)

test("memory for a tag that is not pushed", function()
    local a = fa.new()
    local sound = a:tagged "sound"
    local block = sound:block("u8", 1000, "heap")
    equal(a:current_tag(), nil)
    a:frame(function()
        equal(sound:array("float", 4):fill(1)[4], 1)
        equal(sound:tag():stats().frame_total_bytes, 16)
    end)
    equal(sound:tag():stats().heap.live_bytes >= 1000, true)
    check.raises("no-frame", sound.array, sound, "float", 1)
    check.raises("invalid-argument", sound.block, sound, "float", 1, "frame")
    block:release()
end)

test("what a block really has", function()
    local a = fa.new()
    local block = a:block("u8", 20, "pool")
    equal(block:usable() >= 20, true)
    check.raises("unsupported", function() a:group("g"):bytes(10):usable() end)
    block:release()
    check.raises("stale", block.usable, block)
end)

test("configurations can be tried, allocators ended", function()
    equal(fa.check {frame_cap = "64 MiB"}, true)
    local good, problem = fa.check {frame_chunk_max = 3}
    equal(good, false)
    equal(problem.status ~= 0, true)
    equal(fa.backend_available "mmap", true)
    local a = fa.new()
    local guest = fa.borrow(a:pointer())
    check.raises("busy", a.destroy, a)
    equal(a:closed(), false)
    guest:close()
    a:destroy()
    equal(a:closed(), true)
    check.raises("invalid-allocator", a.stats, a)
end)

test("what one clears is gone for all who name it", function()
    local a = fa.new()
    local names = {
        function() return a:group "g", function() return a:find_group "g" end end,
        function() return a:scratch "s", function() return a:scratch "s" end end,
        function() return a:lane_scratch(), function() return a:lane_scratch() end end,
    }
    for _, both in ipairs(names) do
        local first, again = both()
        local v = first:zeros("int", 4)
        first = nil
        collectgarbage()
        collectgarbage()
        local second = again()
        second[second.clear and "clear" or "reset"](second)
        check.raises("stale", v.get, v, 1)
        equal(second:zeros("int", 1)[1], 0)
    end
    local pool = a:scratch "s"
    local v = pool:zeros("int", 4)
    a:reset_scratch_pools()
    check.raises("stale", v.get, v, 1)
    equal(pool:zeros("int", 1)[1], 0)
    local task = a:task "parent"
    local child = a:task("child", task)
    local w = child:zeros("int", 1)
    task:finish()
    check.raises("stale", w.get, w, 1)
end)

test("parts within parts, more than anybody needs", function()
    local a, depth = fa.new(), 0
    local function deeper(memory)
        depth = depth + 1
        local v = memory:zeros("int", 1)
        if depth % 150 ~= 0 then
            memory:scope(deeper)
        end
        equal(v[1], 0)
    end
    a:frame(function(frame) frame:scope(deeper) end)
    local pool = a:scratch "deep"
    pool:scope(deeper)
    equal(depth, 300)
end)
