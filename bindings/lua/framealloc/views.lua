-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Views of a frame's memory under LuaJIT: structs of ffi instead of tables. What they check, the lane's epoch and a
-- cell of their scope, are loads that a compiled loop makes once, so that it is as fast as one over a pointer.
local ffi = require "ffi"
local views = {}

-- A cell has a number, its generation, until what it stands for ends: a part of a frame that is rolled back, or an
-- allocator. Cells are never freed, so that a view which is older than anything may look. -1: the allocator is closed.
local CHUNK, CLOSED = 1024, -1
local chunks, free, used = {}, {}, CHUNK
local forsaken = ffi.new "int32_t[1]"

function views.new_cell()
    local count = #free
    if count > 0 then
        local cell = free[count]
        free[count] = nil
        return cell
    end
    if used == CHUNK then
        chunks[#chunks + 1], used = ffi.new("int32_t[?]", CHUNK), 0
    end
    used = used + 1
    return chunks[#chunks] + (used - 1)
end

function views.end_cell(cell)
    if cell[0] ~= CLOSED then
        cell[0] = cell[0] % 0x7fffffff + 1
        free[#free + 1] = cell
    end
end

function views.close_cell(cell)
    cell[0] = CLOSED
end

local types = {}

function views.is_view(value)
    return type(value) == "cdata" and types[tonumber(ffi.typeof(value))] ~= nil
end

--- Whether a view's memory is there; whether its allocator is closed.
function views.live(view)
    local cell = view._cell[0]
    return cell == view._generation and view._epoch_cell[0] == view._epoch, cell == CLOSED
end

--- Has a view be stale, whatever its frame does.
function views.forsake(view)
    view._cell, view._generation = forsaken, -2
end

local ACCESS = [[
local pointer, cast, from_i64, from_u64, to_u64, from_pointer, from_text, methods, hooks = ...
local type = type
local function get(view, key)
    if type(key) ~= "number" then
        return methods[key]
    end
    if view._cell[0] ~= view._generation or view._epoch_cell[0] ~= view._epoch then
        hooks.ended(view)
    end
    if key >= 1 and key <= view._n and key % 1 == 0 then
        return FROM(view._p[key - 1])
    end
end
local function set(view, key, value)
    if view._cell[0] ~= view._generation or view._epoch_cell[0] ~= view._epoch then
        hooks.ended(view)
    end
    if type(key) ~= "number" or not (key >= 1 and key <= view._n and key % 1 == 0) then
        hooks.outside(view, key)
    end
    view._p[key - 1] = TO(value)
end
return get, set]]

-- What framealloc.lua lends: the methods of views, and how to refuse.
local methods, hooks = {}, {}

function views.lend(shared, given)
    for name, value in pairs(shared) do
        methods[name] = methods[name] or value
    end
    for name, value in pairs(given) do
        hooks[name] = value
    end
end

local FIELDS = "struct { %s *_p; const int32_t *_cell, *_epoch_cell; int32_t _n, _generation, _epoch, _parts, _id; }"
local GONE = {what = "frame", life = {closed = false}, closed = false}

local function make_type(type_name, get, set)
    local ctype = ffi.typeof(FIELDS:format(type_name))
    types[tonumber(ctype)] = true
    return ffi.metatype(ctype, {__index = get, __newindex = set,
                                __ipairs = function(view) return hooks.ipairs(view) end,
                                __len = function(view) return view._n end,
                                __tostring = function(view) return hooks.describe(view) end})
end

--- Gives a kind `show`, which makes a view: of memory and so many elements, that goes with a frame's scope.
function views.add(kind, type_name, from, to, surroundings)
    local pointer, cast = surroundings[1], ffi.cast
    local own = setmetatable({_kind = kind, _scope = GONE}, {__index = methods})
    local source = ACCESS:gsub("FROM", from or ""):gsub("TO", to or "")
    local given = {}
    for index = 1, 7 do
        given[index] = surroundings[index]
    end
    given[8], given[9] = own, hooks
    own.get, own.set = assert(loadstring(source, "=view of " .. kind.name))(unpack(given, 1, 9))
    local ctype = make_type(type_name, own.get, own.set)
    function kind.show(memory, count, scope)
        return ctype(cast(pointer, memory), scope.own, scope.cell, count, scope.generation, scope.epoch)
    end
end

-- Views of structs share a type, since types stay for ever; they know their kind by its number.

local structs = {}
local struct_methods = setmetatable({_scope = GONE}, {__index = methods})

local function get_struct(view, key)
    if type(key) ~= "number" then
        if key == "_kind" then
            return structs[view._id]
        end
        return struct_methods[key]
    end
    if view._cell[0] ~= view._generation or view._epoch_cell[0] ~= view._epoch then
        hooks.ended(view)
    end
    if key >= 1 and key <= view._n and key % 1 == 0 then
        local kind = structs[view._id]
        return hooks.element((key - 1) * kind.size, kind, view)
    end
end

local function set_struct(view, key, value)
    if view._cell[0] ~= view._generation or view._epoch_cell[0] ~= view._epoch then
        hooks.ended(view)
    end
    if type(key) ~= "number" or not (key >= 1 and key <= view._n and key % 1 == 0) then
        hooks.outside(view, key)
    end
    structs[view._id].set(view._p, key - 1, value)
end

struct_methods.get, struct_methods.set = get_struct, set_struct
local struct_view = make_type("uint8_t", get_struct, set_struct)

--- The same for a kind with fields.
function views.add_struct(kind)
    structs[#structs + 1] = kind
    local id, bytes = #structs, ffi.typeof "uint8_t *"
    function kind.show(memory, count, scope)
        return struct_view(ffi.cast(bytes, memory), scope.own, scope.cell, count, scope.generation, scope.epoch, 0, id)
    end
end

return views
