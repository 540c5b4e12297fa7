-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Calls as Lua wants them, from the description: structs are tables, what C writes through pointers is returned.
local abi = require "framealloc.abi"

-- The core: LuaJIT's ffi, or the C module. FRAMEALLOC_LUA_CORE=c chooses the latter under LuaJIT, too.
local function load_core()
    if rawget(_G, "jit") and os.getenv "FRAMEALLOC_LUA_CORE" ~= "c" then
        local found = pcall(require, "ffi")
        if found then
            return require "framealloc.ffi"
        end
    end
    if rawget(_G, "jit") then
        jit.opt.start "minstitch=1000000" -- traces that go on over a call of C hang when that calls back
    end
    return require "framealloc.core"
end

local core = load_core()
local kinds, raw, structs = core.kinds, core.raw, abi.structs
local unpack = table.unpack or unpack
local marshal = {core = core, abi = abi}

-- Structs

local function each_field(name, action)
    for _, field in ipairs(structs[name]) do
        if field[1] ~= "struct_size" and field[1] ~= "reserved" then
            action(field[1], field[2], field[3], field[4])
        end
    end
end

local function read_one(memory, kind, offset, count)
    if kind == "chars" then
        return core.chars(memory, offset, count)
    end
    if structs[kind] then
        return marshal.read(kind, core.offset(memory, offset))
    end
    local access = kinds[kind]
    if count then
        return access.read(memory, offset / access.size, count)
    end
    return access.get(memory, offset / access.size)
end

--- A table of what a struct in memory tells.
function marshal.read(name, memory)
    local told = {}
    each_field(name, function(field, kind, offset, count)
        told[field] = read_one(memory, kind, offset, count)
    end)
    return told
end

local function write_one(memory, kind, offset, value)
    if structs[kind] then
        for field, part in pairs(value) do
            marshal.set(kind, core.offset(memory, offset), field, part)
        end
    else
        kinds[kind].set(memory, offset / kinds[kind].size, value)
    end
end

--- Sets one field of a struct in memory.
function marshal.set(name, memory, field, value)
    for _, known in ipairs(structs[name]) do
        if known[1] == field then
            return write_one(memory, known[2], known[3], value == true and 1 or value == false and 0 or value)
        end
    end
    error(("%s has no field %q"):format(name, tostring(field)), 0)
end

--- Memory for a struct, with the values that its _INIT macro gives in C and those of a table.
function marshal.make(name, values)
    local memory = core.buffer(structs[name].size)
    for field, value in pairs(structs[name].start) do
        marshal.set(name, memory, field, value)
    end
    for field, value in pairs(values or {}) do
        marshal.set(name, memory, field, value)
    end
    return memory
end

--- A list of so many structs, or of elements of a kind, that lie one behind the other.
function marshal.list(kind, memory, count)
    if not structs[kind] then
        return kinds[kind].read(memory, 0, count)
    end
    local list = {}
    for index = 1, count do
        list[index] = marshal.read(kind, core.offset(memory, (index - 1) * structs[kind].size))
    end
    return list
end

-- Calls. Each parameter of C takes an argument of Lua, adds a result, or both.

local function size_of(kind)
    return (structs[kind] or kinds[kind]).size
end

local PREPARE = {
    ["<"] = function(name, value)  -- a struct that is read: a table, or nil
        return type(value) == "table" and marshal.make(name, value) or value
    end,
    ["="] = function(name, value)  -- a struct that is written: a table of what it begins with
        local memory = marshal.make(name, value)
        return memory, function() return marshal.read(name, memory) end
    end,
    [">"] = function(kind)
        local memory = core.buffer(8)
        return memory, function() return kinds[kind].get(memory, 0) end
    end,
}

-- Room for results: the number that the capacity parameter behind it is given, and the list is what was filled of it.
local function prepare_list(kind, capacity)
    local memory = core.buffer(math.max(capacity * size_of(kind), 8))
    return memory, function(total) return marshal.list(kind, memory, math.min(total, capacity)) end
end

local function takes_argument(word)
    local mark = word:sub(1, 1)
    return mark ~= ">" and mark ~= "["
end

local function collect(status, readers, count)
    local results, list = {}, nil
    for index = 1, count do
        local reader = readers[index]
        if reader.list then
            list = reader
        else
            results[#results + 1] = reader.read()
        end
    end
    if list then
        local told = results[1]
        results[#results + 1] = list.read(type(told) == "table" and told.points or told)
    end
    return status, unpack(results, 1, count)
end

local function plain(described)
    for index = 3, #described do
        if described[index]:find "^[<=>%[]" then
            return false
        end
    end
    return true
end

-- Functions that take and give plain values are called as they are.
local function bind(name)
    local described = abi.functions[name] or error("the library has no function " .. tostring(name), 3)
    local call, count = raw[name], #described - 2
    if plain(described) then
        return call
    end
    return function(...)
        local given, arguments, readers, next_argument = {...}, {}, {}, 1
        for index = 1, count do
            local word = described[index + 2]
            local mark, kind, value = word:sub(1, 1), word:sub(2), nil
            if takes_argument(word) then
                value = given[next_argument]
                next_argument = next_argument + 1
            end
            local read
            if mark == "[" then
                value, read = prepare_list(kind, given[next_argument] or error(name .. " wants a capacity", 2))
            elseif PREPARE[mark] then
                value, read = PREPARE[mark](kind, value)
            end
            arguments[index] = value
            if read then
                readers[#readers + 1] = {read = read, list = mark == "["}
            end
        end
        return collect(call(unpack(arguments, 1, count)), readers, #readers)
    end
end

--- The functions under their names in C, with the conversions that the description asks for.
marshal.calls = setmetatable({}, {__index = function(calls, name)
    calls[name] = bind(name)
    return calls[name]
end})

return marshal
