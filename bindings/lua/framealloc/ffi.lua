-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The core for LuaJIT: what framealloc.core is in C, through ffi. Calls and memory compile into traces.
local ffi = require "ffi"
local abi = require "framealloc.abi"

ffi.cdef(require "framealloc.cdef")
ffi.cdef "void *memmove(void *to, const void *from, size_t size);"

local cast, new, fill, tonumber = ffi.cast, ffi.new, ffi.fill, tonumber
local huge, void = math.huge, ffi.typeof "void *"
local LIMIT = 0xffffffffffffffffULL
local EXACT = 2 ^ 53

-- The library: what FRAMEALLOC_LIBRARY names, the one that was installed with this module, the system's.
local function load_library()
    local named = os.getenv "FRAMEALLOC_LIBRARY"
    if named then
        return ffi.load(named), named
    end
    local found, built = pcall(require, "framealloc.build")
    if found then
        local loaded, library = pcall(ffi.load, built)
        if loaded then
            return library, built
        end
    end
    return ffi.load(abi.soname), abi.soname
end

local library, path = load_library()
local core = {name = "ffi", path = path, kinds = {}, library = library}

-- Numbers of 64 bits: those that a double holds are numbers, UINT64_MAX is infinity, others stay as they are.
local function from_u64(value)
    local number = tonumber(value)
    if number < EXACT then
        return number
    end
    return value == LIMIT and huge or value
end

local function from_i64(value)
    local number = tonumber(value)
    if number < EXACT and number > -EXACT then
        return number
    end
    return value
end

local function to_u64(value)
    if value == huge then
        return LIMIT
    end
    if type(value) == "number" and not (value >= 0) then
        error("a number that is not negative is wanted", 3)
    end
    return value
end

local function from_pointer(value)
    if value == nil then
        return nil
    end
    return value
end

local function from_text(value)
    if value == nil then
        return nil
    end
    return ffi.string(value)
end

-- A buffer converts to no pointer to a struct, but to one to anything, which converts to all others.
local TO = {i32 = "%s", u32 = "%s", f64 = "%s", text = "%s", size = "to_u64(%s)", u64 = "to_u64(%s)"}
local POINTER = "cast(void, %s)"
local FROM = {ptr = "from_pointer(%s)", text = "from_text(%s)", u64 = "from_u64(%s)", size = "from_u64(%s)"}
local open_to_callbacks = false

-- A Lua function around a C function, with the conversions that its types want written out, so that it compiles.
local function wrapper(name)
    local described = abi.functions[name] or error("the library has no function " .. tostring(name), 3)
    local names, arguments = {}, {}
    for index = 3, #described do
        local kind, parameter = described[index], "p" .. index
        names[#names + 1] = parameter
        arguments[#arguments + 1] = (TO[kind] or POINTER):format(parameter)
    end
    local call = ("C.%s(%s)"):format(name, table.concat(arguments, ", "))
    local body = (FROM[described[1]] or "%s"):format(call)
    local source = [[
local C, cast, void, to_u64, from_u64, from_pointer, from_text = ...
return function(%s) return %s end]]
    return assert(loadstring(source:format(table.concat(names, ", "), body), "=" .. name))(
        library, cast, void, to_u64, from_u64, from_pointer, from_text)
end

-- A call that comes back into Lua must not be part of a trace: LuaJIT would end the program ("bad callback").
core.raw = setmetatable({}, {__index = function(raw, name)
    local made = wrapper(name)
    if open_to_callbacks or abi.functions[name][2]:find("C", 1, true) then
        jit.off(made)
    end
    raw[name] = made
    return made
end})

-- Short functions call back only into what some programs set; from then on none of them is compiled.
local function keep_interpreted()
    open_to_callbacks = true
    for _, made in pairs(core.raw) do
        jit.off(made)
    end
    jit.flush()
end

-- Memory

local views = require "framealloc.views"
core.new_cell, core.end_cell, core.close_cell = views.new_cell, views.end_cell, views.close_cell
core.is_view, core.live, core.forsake = views.is_view, views.live, views.forsake

local function add_kind(name, type_name, size, from, to)
    local pointer = ffi.typeof(type_name .. " *")
    local surroundings = {pointer, cast, from_i64, from_u64, to_u64, from_pointer, from_text}
    local source = [[
local pointer, cast, from_i64, from_u64, to_u64, from_pointer, from_text = ...
local kind = {}
function kind.get(memory, index) return FROM(cast(pointer, memory)[index]) end
function kind.set(memory, index, value) cast(pointer, memory)[index] = TO(value) end
function kind.read(memory, first, count)
    local from, list = cast(pointer, memory) + first, {}
    for index = 1, count do list[index] = FROM(from[index - 1]) end
    return list
end
function kind.write(memory, first, list, count)
    local to = cast(pointer, memory) + first
    for index = 1, count do to[index - 1] = TO(list[index]) end
end
function kind.fill(memory, first, count, value)
    local to, element = cast(pointer, memory) + first, TO(value)
    for index = 0, count - 1 do to[index] = element end
end
return kind]]
    source = source:gsub("FROM", from or ""):gsub("TO", to or "")
    local kind = assert(loadstring(source, "=" .. name))(unpack(surroundings))
    kind.name, kind.size = name, size
    if name ~= "text" then
        views.add(kind, type_name, from, to, surroundings)
    end
    core.kinds[name] = kind
end

for name, type_name in pairs {i8 = "int8_t", u8 = "uint8_t", i16 = "int16_t", u16 = "uint16_t", i32 = "int32_t",
                              u32 = "uint32_t", f32 = "float", f64 = "double"} do
    add_kind(name, type_name, ffi.sizeof(type_name))
end
add_kind("i64", "int64_t", 8, "from_i64")
add_kind("u64", "uint64_t", 8, "from_u64", "to_u64")
add_kind("size", "size_t", 8, "from_u64", "to_u64")
add_kind("ptr", "void *", 8, "from_pointer")
add_kind("text", "const char *", 8, "from_text")

--- Where a lane counts its frames, of which the lower half is enough to tell one from another.
local epoch_pointer, lower_half = ffi.typeof "const int32_t *", ffi.abi "le" and 0 or 1

function core.epoch_cell(allocator)
    local cell = core.raw.fa_frame_epoch(allocator)
    return cell and cast(epoch_pointer, cell) + lower_half
end

function core.epoch_at(cell)
    return cell[0]
end

local bytes = ffi.typeof "uint8_t *"

function core.offset(memory, count)
    return cast(void, cast(bytes, memory) + count)
end

function core.address(memory)
    return memory == nil and 0 or tonumber(cast("uintptr_t", cast(void, memory)))
end

function core.pointer(value)
    return from_pointer(cast(void, type(value) == "number" and cast("uintptr_t", value) or value))
end

function core.copy(to, from, size)
    if size > 0 then
        ffi.C.memmove(to, from, size)
    end
end

function core.zero(memory, size)
    fill(memory, size)
end

function core.string(memory, size)
    return ffi.string(memory, size)
end

function core.chars(memory, offset, most)
    local from = cast(bytes, memory) + offset
    local length = 0
    while length < most and from[length] ~= 0 do
        length = length + 1
    end
    return ffi.string(from, length)
end

function core.buffer(size)
    return new("uint64_t[?]", math.ceil(size / 8))
end

local band, BITS = require "bit".band, 2 ^ 31 - 16
local window_pointer = ffi.typeof "fa_window *"
local refill = core.raw.fa_window_refill

-- fa_window_alloc() of window.h, which is no function that could be called; false if the frame is over.
function core.window_alloc(memory, size, align, cell, epoch)
    if cell[0] ~= epoch then
        return false
    end
    local window = cast(window_pointer, memory)
    local block = window.cursor
    if align <= 16 and size > 0 and size < BITS and block + size <= window.limit then
        window.cursor = block + band(size + 15, -16)
        window.count = window.count + 1
        return cast(void, block)
    end
    return refill(memory, size, align)
end

local magazine_pointer = ffi.typeof "fa_magazine *"
local magazine_refill, magazine_empty = core.raw.fa_magazine_refill, core.raw.fa_magazine_empty

-- fa_magazine_take() and fa_magazine_give() of magazine.h.
function core.magazine_take(memory)
    local magazine = cast(magazine_pointer, memory)
    local count = magazine.count
    if count == 0 then
        return magazine_refill(memory)
    end
    magazine.takes, magazine.count = magazine.takes + 1, count - 1
    return magazine.blocks[count - 1]
end

function core.magazine_give(memory, block)
    local magazine = cast(magazine_pointer, memory)
    local count = magazine.count
    if count >= magazine.capacity then
        return magazine_empty(memory, block)
    end
    magazine.blocks[count], magazine.count = block, count + 1
    return 0
end

-- Callbacks: one for each kind, never collected; the user data is a number that names the Lua function.

local functions, last = {}, 0

local function key_of(user)
    return tonumber(cast("uintptr_t", user))
end

local function told(user, what)
    local known = functions[key_of(user)]
    return known and known(cast(void, what)) or 0
end

local function ignore(user, what)
    told(user, what)
end

local function sized(user, id, size)
    local known = functions[key_of(user)]
    if known then
        known(from_u64(id), from_u64(size))
    end
end

local TRAMPOLINES = {
    diagnostic = {"fa_diagnostic_sink", ignore},
    event = {"fa_event_listener", ignore},
    budget = {"fa_budget_listener", ignore},
    decide = {"fa_budget_decide", told},
    relocated = {"fa_handle_relocated", function(user, id, _, _, size) sized(user, id, size) end},
    evicted = {"fa_stream_evicted", function(user, id, _, size) sized(user, id, size) end},
}
local CALLED_BY_SHORT = {diagnostic = true, budget = true, decide = true, event = true}
local made = {}

function core.register(kind, fn)
    made[kind] = made[kind] or cast(TRAMPOLINES[kind][1], TRAMPOLINES[kind][2])
    if CALLED_BY_SHORT[kind] and not open_to_callbacks then
        keep_interpreted()
    end
    last = last + 1
    functions[last] = fn
    return made[kind], cast(void, cast("uintptr_t", last))
end

function core.forget(user)
    functions[key_of(user)] = nil
end

return core
