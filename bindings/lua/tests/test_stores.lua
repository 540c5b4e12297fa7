-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal
local Unit = fa.struct({{"x", "float"}, {"health", "int32"}}, "unit")

test("object pools", function()
    local a, made, gone = fa.new(), 0, {}
    local units = a:object_pool(Unit, 3, {
        constructor = function(unit) made = made + 1 unit.x = made end,
        destructor = function(unit) gone[#gone + 1] = unit.health end,
    })
    local first = units:take {health = 100}
    local second, third = units:take {health = 50}, units:take {health = 25}
    equal(second.x, 2)
    equal(units:len(), 3)
    equal(units:maximum(), 3)
    check.raises("full", units.take, units)
    second:give()
    check.raises("stale", function() return second.health end)
    equal(units:contains(first.id), true)
    equal(units:contains(second.id), false)
    equal(units:get(first.id).health, 100)
    local sum = 0
    for unit in units:each() do
        sum = sum + unit.health
        if unit.id == third.id then
            unit:give()
        end
    end
    equal(sum, 125)
    units:destroy()
    check.same(gone, {50, 25, 100})
    check.raises("stale", units.take, units)
end)

test("a stale id names nothing, even when its place is taken again", function()
    local a = fa.new()
    local units = a:object_pool(Unit, 1)
    local old = units:take()
    local id = old.id
    old:give()
    units:take()
    check.raises("stale", units.get, units, id)
    check.raises("stale", units.give, units, id)
end)

test("handles move unless they are pinned", function()
    local a, moved = fa.new(), {}
    local handles = {}
    for index = 1, 64 do
        handles[index] = a:handle("int", 1000)
        handles[index]:pin(function(v) v:fill(index) end)
    end
    for index = 1, 64, 2 do
        handles[index]:free()
    end
    equal(a:handle_stats().live_count, 32)
    a:on_relocated(function(id, size) moved[#moved + 1] = {id = id, size = size} end)
    local done = a:defragment()
    a:on_relocated(nil)
    equal(done.finished, 1)
    equal(#moved, done.moved)
    equal(moved[1].size, 4000)
    handles[2]:pin(function(v)
        equal(v[1000], 2)
        check.raises("pinned", handles[2].free, handles[2])
    end)
    local count = a:defragment("1 MiB", 0.01).moved
    equal(count, 0)
    equal(handles[64]:size(), 4000)
    check.raises("stale", handles[1].free, handles[1])
    equal(handles[1]:valid(), false)
    local escaped
    handles[4]:pin(function(v) escaped = v end)
    check.raises("stale", escaped.get, escaped, 1)
end)

test("streams load, pin and throw out", function()
    local a, out = fa.new(), {}
    local stream = a:stream("64 KiB", function(id, size) out[#out + 1] = {id = id, size = size} end)
    local asset = stream:reserve("16 KiB", "low", "title")
    asset:load(function(memory) memory:fill(7) asset:progress(16384) end)
    equal(asset:ready(), true)
    equal(asset:pin(function(memory) return memory[16384] end), 7)
    equal(asset:info().name, "title")
    local failing = stream:reserve(1000)
    equal(pcall(failing.load, failing, function() error "broken file" end), false)
    equal(failing:ready(), false)
    asset:load(function(memory) memory:fill(8) end, "8 KiB")
    equal(asset:pin(function(memory) return memory:len() + memory[1] end), 8200)
    asset:set_priority "critical"
    equal(stream:stats().ready_assets, 1)
    equal(stream:evict(), 8192)
    equal(#out, 1)
    equal(out[1].size, 8192)
    check.same(stream:evicted(), {asset.id})
    equal(stream:set_budget "1 KiB" >= 0, true)
    check.raises("budget", stream.reserve, stream, "1 MiB")
    stream:destroy()
    check.raises("stale", stream.stats, stream)
end)

test("an object's fields may have the names of what it has", function()
    local a, seen = fa.new(), nil
    local entities = a:object_pool(fa.struct {{"id", "u32"}, {"give", "u32"}}, 4,
                                   {destructor = function(one) seen = one.id end})
    local one = entities:take {id = 77, give = 3}
    equal(one.id, 77)
    one.id = 78
    equal(entities:get(entities:id(one)).id, 78)
    equal(entities:contains(entities:id(one)), true)
    entities:give(one)
    equal(seen, 78)
    equal(entities:len(), 0)
    check.raises("invalid-argument", entities.give, entities, {id = 1})
end)

test("where handles and assets are", function()
    local a = fa.new()
    local handle = a:handle("int", 4)
    handle:pin(function(v) v:fill(6) end)
    equal(a:owns(handle:pointer()), true)
    handle:free()
    check.raises("stale", handle.pointer, handle)
    local stream = a:stream "1 MiB"
    local asset = stream:reserve(100)
    asset:load(function(memory) memory:fill(1) end)
    equal(asset:touch(), 100)
end)

test("tasks that are current, scratch pools that are there", function()
    local a = fa.new()
    local outer, inner = a:task "outer", a:task "inner"
    outer:run(function()
        equal(outer:current(), true)
        equal(pcall(inner.run, inner, error, "no"), false)
        equal(outer:current(), true)
    end)
    equal(outer:current(), false)
    equal(a:find_scratch "paths", nil)
    a:scratch "paths":bytes(10)
    equal(a:find_scratch "paths":stats().blocks.live_count, 1)
end)
