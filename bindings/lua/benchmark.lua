-- SPDX-License-Identifier: MIT OR Apache-2.0
-- benchmark.lua [ROUNDS]: jobs with the memory of a frame beside Lua's own ways, each as the best of some rounds.
-- benchmark.c has three of the jobs in C.
local fa = require "framealloc"

local ROUNDS = tonumber(arg[1]) or 30
local BLOCKS, ELEMENTS, UNITS = 1000, 100000, 10000
local clock = os.clock
local found, ffi = pcall(require, "ffi")
local a = fa.new {statistics = false}
local kept = {} -- blocks are kept until the end of a job: one that nobody sees would not be made at all

-- Microseconds that one call takes.
local function time(job)
    local best = math.huge
    for _ = 1, ROUNDS do
        collectgarbage()
        local calls, start, spent = 0, clock(), nil
        repeat
            job()
            calls = calls + 1
            spent = clock() - start
        until spent > 0.005
        best = math.min(best, spent / calls * 1e6)
    end
    return best
end

local function show(job, what, micros)
    print(("%-36s %-26s %10.1f us"):format(job, what, micros))
end

local function in_frame(body)
    return function()
        local frame = a:begin_frame()
        body(frame)
        frame:finish()
    end
end

local SMALL, LARGE = ("%d blocks of 16 floats"):format(BLOCKS), ("%d floats, filled and added up"):format(ELEMENTS)

show("an empty frame", "framealloc", time(in_frame(function() end)))
show(SMALL, "framealloc views", time(in_frame(function(frame)
    for index = 1, BLOCKS do
        kept[index] = frame:array("float", 16)
        kept[index][1] = 1
    end
end)))
show(SMALL, "framealloc batch", time(in_frame(function(frame) frame:batch(BLOCKS, "float", 16) end)))
show(SMALL, "framealloc window", time(in_frame(function(frame)
    local window = frame:window()
    for _ = 1, BLOCKS do
        window:alloc(64)
    end
    window:close()
end)))
show(SMALL, "Lua tables", time(function()
    for index = 1, BLOCKS do
        kept[index] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
    end
end))
show(LARGE, "framealloc view", time(in_frame(function(frame)
    local v, sum = frame:array("float", ELEMENTS), 0
    for index = 1, ELEMENTS do
        v[index] = index
    end
    for index = 1, ELEMENTS do
        sum = sum + v[index]
    end
end)))
local Unit = fa.struct {{"x", "float"}, {"y", "float"}, {"health", "int32"}}
local STRUCTS = ("%d structs, a field each"):format(UNITS)
show(STRUCTS, "framealloc view", time(in_frame(function(frame)
    local units = frame:zeros(Unit, UNITS)
    for index = 1, UNITS do
        units[index].x = units[index].y + index
    end
end)))
show(STRUCTS, "Lua tables", time(function()
    local units = {}
    for index = 1, UNITS do
        units[index] = {x = 0, y = 0, health = 0}
    end
    for index = 1, UNITS do
        units[index].x = units[index].y + index
    end
end))
show(LARGE, "Lua table", time(function()
    local t, sum = {}, 0
    for index = 1, ELEMENTS do
        t[index] = index
    end
    for index = 1, ELEMENTS do
        sum = sum + t[index]
    end
end))
show(("%d floats, fill and table"):format(ELEMENTS), "framealloc view", time(in_frame(function(frame)
    frame:array("float", ELEMENTS):fill(1):table()
end)))

if found and fa.core == "ffi" then
    local float16, floats = ffi.typeof "float[16]", ffi.typeof "float[?]"
    show(SMALL, "ffi.new", time(function()
        for index = 1, BLOCKS do
            kept[index] = float16()
            kept[index][0] = 1
        end
    end))
    show(LARGE, "ffi.new", time(function()
        local p, sum = floats(ELEMENTS), 0
        for index = 0, ELEMENTS - 1 do
            p[index] = index
        end
        for index = 0, ELEMENTS - 1 do
            sum = sum + p[index]
        end
    end))
    show(LARGE, "framealloc pointer", time(in_frame(function(frame)
        local p, sum = frame:array("float", ELEMENTS):pointer "float *", 0
        for index = 0, ELEMENTS - 1 do
            p[index] = index
        end
        for index = 0, ELEMENTS - 1 do
            sum = sum + p[index]
        end
    end)))
    local int_pointer = ffi.typeof "int32_t *"
    show(SMALL .. ", written", "framealloc window", time(in_frame(function(frame)
        local window = frame:window(65536 * 16)
        for index = 1, BLOCKS do
            ffi.cast(int_pointer, window:alloc(64))[0] = index
        end
        window:close()
    end)))
end
