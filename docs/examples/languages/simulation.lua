#!/usr/bin/env lua
-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The simulation in Lua: see README.md.
local fa = require "framealloc"

local FRAMES, BODIES, ENTITIES_MAX = 120, 256, 16
local Entity = fa.struct {{"born", "int32"}, {"health", "int32"}}

local function physics(alloc, frame, number)
    return alloc:tag("physics", function()
        local bodies, sum = frame:array("float", BODIES), 0
        for index = 1, BODIES do
            bodies[index] = number * 0.25 + index - 1
            sum = sum + bodies[index]
        end
        return sum
    end)
end

local function particles(alloc, frame, number)
    alloc:tag("particles", function()
        for _ = 1, number % 50 do
            frame:bytes(48)
        end
    end)
end

-- A guess that does not work out: what it took is undone.
local function planning(frame)
    local before = frame:used()
    frame:scope(function() frame:bytes(10000) end)
    return frame:used() - before
end

local function births_and_deaths(entities, number)
    if number % 10 == 0 then
        entities:take {born = number, health = 100}
    end
    for entity in entities:each() do
        entity.health = entity.health - 1
        if entity.health == 0 or number - entity.born > 60 then
            entity:give()
        end
    end
end

local function report_level(alloc)
    local level = alloc:group "level"
    for index = 1, 10 do
        level:bytes(index * 100)
    end
    local stats = level:stats()
    print(("level: %d blocks, %d bytes"):format(stats.count, stats.bytes))
    level:destroy()
end

local function report_refusal(alloc)
    alloc:frame(function(frame)
        local ok, problem = pcall(alloc.tag, alloc, "particles", frame.bytes, frame, 100000)
        if not ok then
            print(("100000 bytes of particles: status %d"):format(problem.status))
        end
    end)
end

local alloc = fa.new {frame_cap = "1 MiB"}
local entities = alloc:object_pool(Entity, ENTITIES_MAX)
alloc:set_budget {hard = "64 KiB", tag = "particles"}

local total, undone = 0, 0
for number = 1, FRAMES do
    alloc:frame(function(frame)
        total = total + physics(alloc, frame, number)
        particles(alloc, frame, number)
        undone = undone + planning(frame)
        births_and_deaths(entities, number)
    end)
end

print(("%d frames, sum %.1f, %d bytes left of planning"):format(FRAMES, total, undone))
print(("physics %d bytes, particles %d bytes"):format(alloc:tag("physics"):stats().frame_total_bytes,
                                                       alloc:tag("particles"):stats().frame_total_bytes))
print(("%d entities"):format(entities:len()))
report_level(alloc)
report_refusal(alloc)
entities:destroy()
local stats = alloc:stats()
print(("left: %d frame bytes, %d heap blocks"):format(stats.frame.live_bytes, stats.heap.live_count))
alloc:close()
