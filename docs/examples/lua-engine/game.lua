-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The game of lua-engine: sparks in the frames of the engine, which draws them from where they are.
local fa = require "framealloc"

local alloc = fa.borrow(engine_allocator)
local Spark = fa.struct({{"x", "float"}, {"y", "float"}, {"heat", "int32"}}, "spark")
local SPARKS = 200
local before -- the sparks of the last frame: a mistake to use, and an error
local mistakes, told = 0, 0

alloc:listen(function() told = told + 1 end, {"frame-end"})

local function fill(sparks, number)
    for index = 1, sparks:len() do
        local angle = index / SPARKS * 2 * math.pi + number / 10
        sparks[index] = {x = 160 + math.cos(angle) * number, y = 100 + math.sin(angle) * number, heat = index % 256}
    end
end

-- A path that is tried and thrown away, in a part of the engine's frame.
local function plan(frame)
    frame:scope(function() frame:array("float", 1000):fill(0) end)
end

function update(number)
    local frame = alloc:running_frame()
    if before and not pcall(before.get, before, 1) then
        mistakes = mistakes + 1
    end
    plan(frame)
    local sparks = alloc:tag("script::sparks", frame.array, frame, Spark, SPARKS)
    fill(sparks, number)
    before = sparks
    return sparks:pointer(), sparks:len()
end

function report()
    print(("script: %d uses of an ended frame were errors, %d frame ends were heard of"):format(mistakes, told))
end
