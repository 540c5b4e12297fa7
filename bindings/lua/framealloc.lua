-- SPDX-License-Identifier: MIT OR Apache-2.0
--- Frame memory for Lua 5.1 to 5.4 and LuaJIT: docs/lua.md is the guide.
--
-- Memory is shown by views. A view knows the scope that its memory goes with (a frame, a group, a block of its own),
-- and raises an error when it is used after that; so does everything else that has ended.
local marshal = require "framealloc.marshal"

local core, abi, calls = marshal.core, marshal.abi, marshal.calls
local raw, kinds, constants = core.raw, core.kinds, abi.constants
local unpack, floor, huge, type, setmetatable = table.unpack or unpack, math.floor, math.huge, type, setmetatable
local frame_alloc, frame_alloc_array = raw.fa_frame_alloc, raw.fa_frame_alloc_array
-- What a finalizer calls is looked up beforehand: LuaJIT compiles nothing within one.
local release_allocator, ignore_event, destroy_stream =
    raw.fa_allocator_release, raw.fa_event_ignore, raw.fa_stream_destroy
local frame_begin, frame_end = raw.fa_frame_begin, raw.fa_frame_end
local epoch_cell, epoch_at = core.epoch_cell, core.epoch_at
local ALIGN = constants.FA_ALIGN_DEFAULT

local fa = {constants = constants, calls = calls, core = core.name, version = abi.version}

-- Errors

--- What is raised when the library refuses: `status`, its `name` ("budget"), `where` in the program ("game.lua:12:"),
--- and of the report `code`, `note`, `help`.
local Error = {}
Error.__index = Error
fa.Error = Error

function Error:__tostring()
    local head = self.code and ("[%s] %s"):format(self.code, self.message) or self.message
    head = self.where and self.where .. " " .. head or head
    return self.note and ("%s\n  note: %s\n  help: %s"):format(head, self.note, self.help) or head
end

local status_names = {}
for name, value in pairs(constants) do
    local word = name:match "^FA_ERROR_(.*)"
    if word then
        status_names[value] = word:lower():gsub("_", "-")
    end
end

-- The report that the library made of the refusal, if it is the newest one.
local function report_of(pointer, status)
    local told, count, list = calls.fa_diagnostic_recent(pointer, 1)
    local report = told == 0 and count > 0 and list[1]
    if report and report.status == status then
        local described, text = calls.fa_diagnostic_describe(report.code)
        return report, described == 0 and text.help or ""
    end
end

-- The line of the program that led here: the innermost that is not of this module.
local getinfo = rawget(_G, "debug") and debug.getinfo
local here = getinfo and getinfo(1, "S").short_src
local parts = here and here:gsub("%.lua$", "")

local function place()
    local level = 3
    local info = getinfo and getinfo(level, "Sl")
    while info and (info.currentline < 0 or info.short_src == here or info.short_src:find(parts, 1, true) == 1
                    or info.source:sub(1, 1) == "=") do
        level = level + 1
        info = getinfo(level, "Sl")
    end
    return info and ("%s:%d:"):format(info.short_src, info.currentline)
end

local function error_of(status, pointer, message)
    local made = {status = status, name = status_names[status], where = place(),
                  message = message or raw.fa_status_message(status)}
    local report, help = nil, nil
    if pointer then
        report, help = report_of(pointer, status)
    end
    if report then
        made.code, made.message, made.note, made.help = report.code_text, report.message, report.note, help
    end
    return setmetatable(made, Error)
end

local function refuse(name, message)
    error(error_of(constants["FA_ERROR_" .. name], nil, message), 0)
end

-- An error in a callback waits here until the call that led to it has returned.
local kept

local function fail(life, status)
    if kept then
        local mine = kept
        kept = nil
        error(mine.value, 0)
    end
    if status ~= 0 then
        error(error_of(status, not life.closed and life.pointer or nil), 0)
    end
end

local function check(life, status, ...)
    if status ~= 0 or kept then
        fail(life, status)
    end
    return ...
end

-- As check(), after a call that began something: with an error to raise there is nobody to end it, so it is undone.
local function begun(life, undo, status, ...)
    if status == 0 and kept then
        local mine = kept
        undo(...)
        kept = mine
    end
    return check(life, status, ...)
end

local function need(life, pointer)
    if pointer == nil or kept then
        fail(life, pointer == nil and raw.fa_last_status() or 0)
    end
    return pointer
end

-- Arguments

local UNITS = {[""] = 1, b = 1, kib = 2 ^ 10, mib = 2 ^ 20, gib = 2 ^ 30, kb = 1e3, mb = 1e6, gb = 1e9}

--- Bytes of a number or of a text such as "64 MiB".
local function size_of(size)
    if type(size) == "number" and size >= 0 then
        return size
    end
    local number, unit = tostring(size):match "^%s*(%d+%.?%d*)%s*(%a*)%s*$"
    local factor = number and UNITS[unit:lower()]
    if type(size) == "number" or not factor then
        refuse("SIZE", ("no size: %s; write 4096 or \"64 KiB\""):format(tostring(size)))
    end
    return floor(tonumber(number) * factor)
end
fa.size = size_of

-- The constant of a family that a word names: "to-heap" is FA_RETAIN_TO_HEAP.
local function choice(prefix, word)
    if type(word) == "number" then
        return word
    end
    local value = constants[prefix .. tostring(word):upper():gsub("[- ]", "_")]
    if not value then
        refuse("INVALID_ARGUMENT", ("%q is none of %s*"):format(tostring(word), prefix))
    end
    return value
end

local WORDS = {backend_kind = "FA_BACKEND_", frame_reset_policy = "FA_RESET_", mode = "FA_DEFERRED_",
               full_policy = "FA_QUEUE_", output = "FA_OUTPUT_", color = "FA_COLOR_", min_severity = "FA_SEVERITY_",
               raise = "FA_SEVERITY_", curve = "FA_CURVE_"}

local TEXTS = {}
for _, struct in pairs(abi.structs) do
    for _, field in ipairs(struct) do
        TEXTS[field[1]] = TEXTS[field[1]] or field[2] == "text" or field[2] == "chars"
    end
end

-- Fields of a struct as Lua gives them: words for choices, texts for sizes, the rest as it is.
local function settings(given, also)
    local values = {}
    for field, value in pairs(given or {}) do
        if type(value) == "string" and WORDS[field] then
            value = choice(WORDS[field], value)
        elseif type(value) == "string" and not TEXTS[field] and value:find "^%s*%d" then
            value = size_of(value)
        end
        values[field] = value
    end
    for field, value in pairs(also or {}) do
        values[field] = value
    end
    return values
end

local function nanoseconds(seconds)
    return seconds and floor(seconds * 1e9) or huge
end

-- A text that C writes into a buffer; it tells how many bytes it wants, and figures move.
local function text_of(write)
    local size = write(nil, 0) + 256
    local buffer = core.buffer(size)
    write(buffer, size)
    return core.chars(buffer, 0, size)
end

-- Objects

local function class(base)
    local made = setmetatable({}, {__index = base})
    made.__index = made
    return made
end

-- Calls `action(state)` when the object that holds the result is collected, or its state is closed.
local function finalizer(state, action)
    local function collected()
        pcall(action, state)
    end
    if rawget(_G, "newproxy") then
        local proxy = newproxy(true)
        getmetatable(proxy).__gc = collected
        return proxy
    end
    return setmetatable({}, {__gc = collected})
end

-- Ends something after a function that was protected, and passes on what that returned or raised.
local function after(finish, object, ok, ...)
    if ok then
        finish(object)
        return ...
    end
    pcall(finish, object, true)
    error((...), 0)
end

-- A method that runs a function within something: begun before, ended after, whatever happens.
local function within(object, finish, fn, ...)
    return after(finish, object, pcall(fn, ...))
end

-- Kinds of elements

local ALIASES = {float = "f32", double = "f64", byte = "u8", char = "u8", int = "i32", pointer = "ptr",
                 int8 = "i8", uint8 = "u8", int16 = "i16", uint16 = "u16", int32 = "i32", uint32 = "u32",
                 int64 = "i64", uint64 = "u64", float32 = "f32", float64 = "f64"}
local known_kinds = {}
for name, kind in pairs(kinds) do
    known_kinds[name] = name ~= "text" and kind or nil
end
for alias, name in pairs(ALIASES) do
    known_kinds[alias] = kinds[name]
end

local function kind_of(kind)
    local found = type(kind) == "table" and kind.get and kind or known_kinds[kind]
    if not found then
        refuse("INVALID_ARGUMENT", ("no kind of element: %s"):format(tostring(kind)))
    end
    return found
end

-- Scopes: what memory goes with. `life` is the allocator's; a frame's scope knows the epoch it began in. For LuaJIT it
-- has a cell, too, whose number (its generation) changes when the scope ends: what views that are no tables look at.

local function alive(scope)
    if scope.closed or scope.life.closed then
        return false
    end
    local cell = scope.cell
    if cell and epoch_at(cell) ~= scope.epoch then
        return false
    end
    return not scope.still or scope.still(scope)
end

local function new_scope(allocator, what)
    return {allocator = allocator, life = allocator._life, what = what, closed = false}
end

local function ended(scope)
    if scope.life.closed then
        refuse("INVALID_ALLOCATOR", "the allocator is closed")
    end
    refuse("STALE", ("[FA006] memory was used after its %s"):format(scope.what))
end

-- Views

--- Elements of a kind in memory that goes with a scope: v[1] to v[v:len()].
local View = {}
fa.View = View
local INT32_MAX = 2 ^ 31 - 1

-- Under LuaJIT a view of a frame is no table but a struct of ffi, which framealloc/views.lua makes.
local function view(kind, memory, count, scope, align)
    if scope.own and kind.show and count <= INT32_MAX then
        return kind.show(memory, count, scope)
    end
    return setmetatable({_p = memory, _n = count, _kind = kind, _scope = scope, _align = align}, View)
end

local function is_view(value)
    return getmetatable(value) == View or (core.is_view and core.is_view(value)) or false
end

local function live(self)
    if type(self) == "table" then
        return alive(self._scope)
    end
    return (core.live(self))
end

local function view_ended(self)
    if type(self) ~= "table" and select(2, core.live(self)) then
        refuse("INVALID_ALLOCATOR", "the allocator is closed")
    end
    ended(self._scope)
end

local function outside(self, key)
    refuse("INVALID_ARGUMENT", ("index %s is not in 1 to %d"):format(tostring(key), self._n))
end

local record_at

function View.__index(self, key)
    if type(key) ~= "number" then
        return View[key]
    end
    if not alive(self._scope) then
        ended(self._scope)
    end
    if not (key >= 1 and key <= self._n and key % 1 == 0) then
        return nil
    end
    local kind = self._kind
    return kind.fields and record_at(self, key) or kind.get(self._p, key - 1)
end

function View.__newindex(self, key, value)
    if not alive(self._scope) then
        ended(self._scope)
    end
    if type(key) ~= "number" or not (key >= 1 and key <= self._n and key % 1 == 0) then
        outside(self, key)
    end
    self._kind.set(self._p, key - 1, value)
end

function View:__len()
    return self._n
end

function View:__tostring()
    return ("view of %d %s%s"):format(self._n, self._kind.name, live(self) and "" or ", stale")
end

--- Whether its memory is still there.
function View:valid()
    return live(self)
end

function View:len()
    return self._n
end

--- Its size in bytes.
function View:bytes()
    return self._n * self._kind.size
end

View.get = View.__index
View.set = View.__newindex

-- The number of elements from first to last, which are checked.
local function span(self, first, last)
    if not live(self) then
        view_ended(self)
    end
    first, last = first or 1, last or self._n
    if not (first >= 1 and last <= self._n and first <= last + 1 and first % 1 == 0 and last % 1 == 0) then
        refuse("INVALID_ARGUMENT", ("%s to %s is not in 1 to %d"):format(first, last, self._n))
    end
    return first - 1, last - first + 1
end

--- Sets elements, all of them unless told which, to a value.
function View:fill(value, first, last)
    local from, count = span(self, first, last)
    self._kind.fill(self._p, from, count, value)
    return self
end

--- Zeroes all bytes.
function View:clear()
    span(self)
    core.zero(self._p, self:bytes())
    return self
end

--- Copies elements of a table, another view's elements, or the bytes of a text to `first` and behind it.
function View:copy(source, first)
    first = first or 1
    if type(source) == "string" then
        local from = span(self, first, first + math.ceil(#source / self._kind.size) - 1)
        core.copy(core.offset(self._p, from * self._kind.size), source, #source)
    elseif is_view(source) then
        local origin, count = span(source)
        if source._kind ~= self._kind then
            refuse("INVALID_ARGUMENT", ("%s cannot be copied to %s"):format(source._kind.name, self._kind.name))
        end
        local from, size = span(self, first, first + count - 1), self._kind.size
        core.copy(core.offset(self._p, from * size), core.offset(source._p, origin * size), count * size)
    else
        local from, count = span(self, first, first + #source - 1)
        self._kind.write(self._p, from, source, count)
    end
    return self
end

--- A table of the elements.
function View:table(first, last)
    local from, count = span(self, first, last)
    return self._kind.read(self._p, from, count)
end

--- The bytes as a text.
function View:text(first, last)
    local from, count = span(self, first, last)
    local size = self._kind.size
    return core.string(core.offset(self._p, from * size), count * size)
end

-- A view of memory of another one: it goes when that does, which may be before its scope, and releases that.
local function part_of(self, kind, memory, count)
    local scope = self._scope
    if type(self) ~= "table" then
        self._parts = 1
        scope = {what = scope.what, life = scope.life, own = self._cell, generation = self._generation,
                 cell = self._epoch_cell, epoch = self._epoch}
        scope.still = function() return core.live(self) end
        return view(kind, memory, count, scope)
    end
    rawset(self, "_parts", 1)
    scope = setmetatable({still = function() return alive(self._scope) end}, {__index = scope})
    local part = view(kind, memory, count, scope)
    if type(part) == "table" then
        rawset(part, "_root", self._root or self)
    end
    return part
end

--- A part of the view, as a view of the same memory.
function View:sub(first, last)
    local from, count = span(self, first, last)
    return part_of(self, self._kind, core.offset(self._p, from * self._kind.size), count)
end

--- The same bytes as elements of another kind.
function View:as(kind)
    span(self)
    local wanted = kind_of(kind)
    return part_of(self, wanted, self._p, floor(self:bytes() / wanted.size))
end

--- The elements with their indices, for a `for` loop.
function View:each()
    local index = 0
    return function()
        index = index + 1
        if index <= self._n then
            return index, self[index]
        end
    end
end

local function following(self, index)
    if index < self._n then
        return index + 1, self[index + 1]
    end
end

-- For ipairs() of Lua 5.2 and of a LuaJIT that is compatible with it; 5.1 has only each().
function View:__ipairs()
    return following, self, 0
end

--- The memory itself: a pointer of ffi (to a C type, if one is named), else light userdata. Nothing checks its use.
function View:pointer(ctype)
    span(self)
    if ctype and core.library then
        return require "ffi".cast(ctype, self._p)
    end
    return core.pointer(self._p)
end

-- Has a view be stale although its scope goes on.
local function forsake(what, why)
    if type(what) == "table" then
        local scope = what._scope
        rawset(what, "_scope", {life = scope.life, what = why, closed = true, allocator = scope.allocator})
    else
        core.forsake(what)
    end
end

--- Frees a block of its own, or one of a group, task or scratch pool before the others.
function View:release()
    local scope = self._scope
    span(self)
    if not scope.release then
        refuse("UNSUPPORTED", ("this memory goes with its %s"):format(scope.what))
    end
    if self._root then
        return self._root:release()
    end
    scope.release(self._p)
    if not scope.shared then
        scope.closed = true
    else
        forsake(self, "release")
    end
end

function View:__close()
    if self._scope.release and live(self) then
        self:release()
    end
end

if core.is_view then
    require "framealloc.views".lend(View, {ended = view_ended, outside = outside, describe = View.__tostring,
                                             ipairs = View.__ipairs})
end

local function count_of(count, kind)
    if type(count) ~= "number" or not (count >= 0 and count % 1 == 0 and count * kind.size < 2 ^ 53) then
        refuse("SIZE", ("no number of elements: %s"):format(tostring(count)))
    end
    return count
end

--- Bytes that a block of its own really has, at least those that were asked for.
function View:usable()
    span(self)
    if not self._scope.release or self._scope.shared or self._root then
        refuse("UNSUPPORTED", ("this memory goes with its %s"):format(self._scope.what))
    end
    return raw.fa_usable_size(self._scope.life.pointer, self._p)
end

--- A block of its own with another size; the old view is stale afterwards.
function View:resize(count)
    local scope, allocator = self._scope, self._scope.allocator
    span(self)
    if not scope.release or scope.shared or self._root then
        refuse("UNSUPPORTED", self._root and "a part has no size of its own"
            or ("this memory goes with its %s"):format(scope.what))
    end
    local bytes = count_of(count, self._kind) * self._kind.size
    local moved = need(scope.life, raw.fa_realloc(allocator:pointer(), self._p, bytes, self._align or ALIGN))
    scope.closed = true
    return allocator:_own(self._kind, moved, count, self._align)
end

-- Records

local function lay_out(kind, described)
    local offset, align = 0, 1
    for _, field in ipairs(described) do
        local element = kind_of(field[2])
        local wanted = element.align or element.size
        offset = offset + (-offset % wanted)
        kind.fields[field[1]] = {kind = element, offset = offset}
        offset, align = offset + element.size, math.max(align, wanted)
    end
    kind.size, kind.align = offset + (-offset % align), align
end

local function add_access(kind)
    function kind.get(memory, index)
        local values, base = {}, core.offset(memory, index * kind.size)
        for word, field in pairs(kind.fields) do
            values[word] = field.kind.get(core.offset(base, field.offset), 0)
        end
        return values
    end

    function kind.set(memory, index, values)
        local base = core.offset(memory, index * kind.size)
        for word, value in pairs(values) do
            local field = kind.fields[word] or refuse("INVALID_ARGUMENT", "no field " .. tostring(word))
            field.kind.set(core.offset(base, field.offset), 0, value)
        end
    end
end

local function add_bulk(kind)
    function kind.read(memory, first, count)
        local list = {}
        for index = 1, count do
            list[index] = kind.get(memory, first + index - 1)
        end
        return list
    end

    function kind.write(memory, first, list, count)
        for index = 1, count do
            kind.set(memory, first + index - 1, list[index])
        end
    end

    function kind.fill(memory, first, count, values)
        for index = 0, count - 1 do
            kind.set(memory, first + index, values)
        end
    end
end

--- A kind of element with named fields, laid out as C does: fa.struct {{"x", "float"}, {"health", "int32"}}.
function fa.struct(described, name)
    local kind = {name = name or "struct", fields = {}}
    lay_out(kind, described)
    add_access(kind)
    add_bulk(kind)
    if core.is_view then
        require "framealloc.views".add_struct(kind)
    end
    return kind
end

-- An element with fields, shown where it is: it is there as long as the view, or the scope, that it was got from. What
-- it knows is kept under numbers, so that fields may have any name.
local Record, Object = {}, {}
local AT, KIND, HOLDER, ID, POOL = 1, 2, 3, 4, 5

-- Where it is, is memory, or a number of bytes in the view: LuaJIT makes no table at all for such a one in a loop.
local function record(at, kind, holder)
    return setmetatable({at, kind, holder}, Record)
end

local function place_in(self, offset)
    local at = rawget(self, AT)
    if type(at) == "number" then
        return core.offset(rawget(self, HOLDER)._p, at + offset)
    end
    return core.offset(at, offset)
end

local function field_of(self, name)
    local holder = rawget(self, HOLDER)
    if type(holder) == "table" then
        local scope = holder._scope or holder
        if not alive(scope) then
            ended(scope)
        end
    elseif not core.live(holder) then
        view_ended(holder)
    end
    return rawget(self, KIND).fields[name]
end

function Record.__index(self, name)
    if rawget(self, POOL) and Object[name] and not rawget(self, KIND).fields[name] then
        return Object[name](self)
    end
    local field = field_of(self, name)
    if not field then
        return nil
    end
    if field.kind.fields then
        local at = rawget(self, AT)
        local inner = type(at) == "number" and at + field.offset or core.offset(at, field.offset)
        return record(inner, field.kind, rawget(self, HOLDER))
    end
    return field.kind.get(place_in(self, field.offset), 0)
end

function Record.__newindex(self, name, value)
    local field = field_of(self, name) or refuse("INVALID_ARGUMENT", "no field " .. tostring(name))
    field.kind.set(place_in(self, field.offset), 0, value)
end

if core.is_view then
    require "framealloc.views".lend({}, {element = record})
end

function record_at(self, index)
    return record(core.offset(self._p, (index - 1) * self._kind.size), self._kind, self)
end

-- Memory: what frames, groups, tasks and scratch pools hand out, from one method that gives a block and its scope.

local Memory = {}
Memory.__index = Memory

--- Uninitialised elements of a kind.
function Memory:array(kind, count, align)
    local wanted = kind_of(kind)
    local memory, scope = self:_take(count_of(count, wanted) * wanted.size, align or ALIGN)
    return view(wanted, memory, count, scope, align)
end

-- What try_array() returns where there is no memory; other refusals are errors.
local LACKS = {}
for _, name in ipairs {"OUT_OF_MEMORY", "FRAME_CAP", "BUDGET", "MEMORY_LIMIT", "FULL"} do
    LACKS[constants["FA_ERROR_" .. name]] = true
end

local function none_of(life)
    local status = raw.fa_last_status()
    if not LACKS[status] then
        fail(life, status)
    end
    return nil
end

--- Uninitialised elements, or nil where there is no memory for them, which is not reported.
function Memory:try_array(kind, count, align)
    local wanted = kind_of(kind)
    local scope, take = self:_trying()
    local memory = take(count_of(count, wanted) * wanted.size, align or ALIGN)
    if memory == nil and not kept then
        return none_of(scope.life)
    end
    return view(wanted, need(scope.life, memory), count, scope, align)
end

--- Elements that are zero.
function Memory:zeros(kind, count, align)
    return self:array(kind, count, align):clear()
end

--- Uninitialised bytes.
function Memory:bytes(size, align)
    return self:array("u8", size_of(size), align)
end

--- A copy of the bytes of a text.
function Memory:text(words)
    return self:array("u8", #words):copy(words)
end

--- A copy of a table, or of a view.
function Memory:copy(kind, source)
    local count = is_view(source) and source:len() or #source
    return self:array(kind, count):copy(source)
end

-- Frames

local Frame = class(Memory)

-- Cells of parts that were kept serve again once the frame that they were kept in is over.
local function reclaim_cells(life)
    for index = #life.loose, 1, -1 do
        local one = life.loose[index]
        if epoch_at(one.cell) ~= one.epoch then
            core.end_cell(one.own)
            table.remove(life.loose, index)
        end
    end
end

-- Whose frame it is, the library knows: the host may have bound another lane, or moved the state to another thread.
local function frame_scope(allocator)
    local scope, life = new_scope(allocator, "frame"), allocator._life
    scope.cell = need(life, epoch_cell(allocator:pointer()))
    scope.epoch = epoch_at(scope.cell)
    if life.own then
        scope.own, scope.generation = life.own, life.own[0]
        reclaim_cells(life)
    end
    return scope
end

-- A part of a frame, which may be rolled back before the frame ends.
local function inner_scope(outer)
    local scope = {closed = false}
    if outer.own then
        scope.own, scope.adopted = core.new_cell(), {}
        scope.generation = scope.own[0]
        outer.life.open[scope] = true
    end
    return setmetatable(scope, {__index = outer})
end

-- The part stays: what is in it goes with the scope around it.
local function keep_scope(scope, outer)
    scope.closed = nil
    local own = rawget(scope, "own")
    if own then
        local heir = rawget(outer, "adopted") or outer.life.loose
        heir[#heir + 1] = {own = own, cell = outer.cell, epoch = outer.epoch}
        for _, each in ipairs(scope.adopted) do
            heir[#heir + 1] = each
        end
        outer.life.open[scope] = nil
    end
end

local function close_scope(scope)
    scope.closed = true
    local own = rawget(scope, "own")
    if own and scope.life.open[scope] then
        scope.life.open[scope] = nil
        core.end_cell(own)
        for _, each in ipairs(scope.adopted) do
            core.end_cell(each.own)
        end
    end
end

local function running(self)
    local scope = self._scope
    if self._lane ~= self._allocator._lane then
        refuse("WRONG_LANE", "a frame belongs to the lane that it was begun on")
    end
    if not alive(scope) then
        ended(scope)
    end
    return scope
end

function Frame:_take(size, align)
    local scope, life = running(self), self._allocator._life
    return need(life, frame_alloc(life.pointer, size, align)), scope
end

function Frame:_trying()
    local pointer = self._allocator._life.pointer
    return running(self), function(size, align) return raw.fa_frame_try_alloc(pointer, size, align) end
end

--- Uninitialised elements of a kind.
function Frame:array(kind, count, align)
    local wanted, scope, life = kind_of(kind), running(self), self._allocator._life
    local memory = frame_alloc_array(life.pointer, count_of(count, wanted), wanted.size, align or ALIGN)
    if memory == nil or kept then
        need(life, memory)
    end
    return view(wanted, memory, count, scope)
end

-- Runs functions from the newest down, each whatever the others do; the first problem.
local function run_all(list, down_to)
    local first
    for index = #list, down_to + 1, -1 do
        local ok, problem = pcall(list[index])
        list[index] = nil
        first = first or (not ok and {value = problem})
    end
    return first
end

--- Ends the frame; one that the host runs goes on, and its memory stays, but this object is done.
function Frame:finish(quiet)
    local life, scope = self._allocator._life, running(self)
    if self._borrowed then
        self._scope = setmetatable({closed = true}, {__index = scope})
        return
    end
    local problem = run_all(self._cleanups, 0)
    if self._retained > 0 then
        self:_promote()
    else
        check(life, frame_end(life.pointer))
    end
    for index = #self._open, 1, -1 do
        close_scope(self._open[index])
        self._open[index] = nil
    end
    self._top.closed, self._scope = true, self._top
    if problem and not quiet then
        error(problem.value, 0)
    end
end

Frame.__close = function(self)
    if alive(self._scope) then
        self:finish()
    end
end

--- Has a function called when the frame, or the scope within it, ends: the newest first.
function Frame:on_end(fn)
    running(self)
    if self._borrowed then
        refuse("UNSUPPORTED", "the host ends this frame: it has to call what is to follow")
    end
    self._cleanups[#self._cleanups + 1] = fn
end

-- Takes a scope off those that are open, with all that were begun in it and are not ended: a coroutine may have left
-- them. Those are closed.
local function take_off(self, scope)
    local place = #self._open
    while place > 0 and self._open[place] ~= scope do
        place = place - 1
    end
    if place == 0 then
        ended(scope)
    end
    for index = #self._open, place, -1 do
        if index > place then
            close_scope(self._open[index])
        end
        self._open[index] = nil
    end
    self._scope = self._open[place - 1] or self._top
end

local function end_scope(state, failed)
    local self, life = state.frame, state.frame._allocator._life
    take_off(self, state.scope)
    if state.keep and not failed then
        keep_scope(state.scope, self._scope)
        check(life, raw.fa_frame_commit(life.pointer, state.checkpoint))
        return
    end
    local problem = run_all(self._cleanups, state.cleanups)
    close_scope(state.scope)
    running(self)
    if state.subframe then
        state.bytes, state.blocks = check(life, calls.fa_subframe_end(life.pointer, state.subframe))
    else
        check(life, raw.fa_frame_rollback(life.pointer, state.checkpoint))
    end
    if problem and not failed then
        error(problem.value, 0)
    end
end

local function begin_scope(self, keep)
    local outer, life = running(self), self._allocator._life
    local checkpoint = raw.fa_frame_checkpoint(life.pointer)
    if checkpoint == 0 then
        fail(life, raw.fa_last_status())
    end
    self._scope = inner_scope(outer)
    self._open[#self._open + 1] = self._scope
    return {frame = self, scope = self._scope, keep = keep, checkpoint = checkpoint, cleanups = #self._cleanups}
end

--- Runs a function; what it takes of the frame goes when it returns.
function Frame:scope(fn, ...)
    return within(begin_scope(self, false), end_scope, fn, self, ...)
end

--- Runs a function; what it takes of the frame goes if it raises an error, and stays otherwise.
function Frame:attempt(fn, ...)
    return within(begin_scope(self, true), end_scope, fn, self, ...)
end

--- Runs a function; what it takes stays if it returns true. Says whether it did.
function Frame:speculate(fn, ...)
    local state = begin_scope(self, false)
    return within(state, end_scope, function(...)
        state.keep = fn(...) and true or false
        return state.keep
    end, self, ...)
end

--- Many blocks alike with one request: a list of views.
function Frame:batch(count, kind, each)
    local wanted = kind_of(kind)
    local bytes = wanted.size * count_of(each, wanted)
    local step = bytes + (-bytes % ALIGN)
    local memory, scope = self:_take(count_of(count, {size = step}) * step, ALIGN)
    local list = {}
    for index = 1, count do
        list[index] = view(wanted, core.offset(memory, (index - 1) * step), each, scope)
    end
    return list
end

--- A structure of arrays: frame:soa(100, {x = "float", y = "float"}).
function Frame:soa(count, columns)
    local scope, life, names = running(self), self._allocator._life, {}
    for name in pairs(columns) do
        names[#names + 1] = name
    end
    local size = abi.structs.fa_soa_field.size
    local fields = core.buffer(#names * size)
    for index, name in ipairs(names) do
        local field = core.offset(fields, (index - 1) * size)
        marshal.set("fa_soa_field", field, "size", kind_of(columns[name]).size)
        marshal.set("fa_soa_field", field, "align", ALIGN)
    end
    check(life, raw.fa_frame_alloc_soa(life.pointer, count_of(count, {size = 1}), fields, #names))
    local arrays = {}
    for index, field in ipairs(marshal.list("fa_soa_field", fields, #names)) do
        arrays[names[index]] = view(kind_of(columns[names[index]]), field.array, count, scope)
    end
    return arrays
end

--- Elements that live until the end of the `frames`th frame after this one.
function Frame:ahead(frames, kind, count)
    running(self)
    local wanted, allocator = kind_of(kind), self._allocator
    local life = allocator._life
    local bytes = count_of(count, wanted) * wanted.size
    local memory = need(life, raw.fa_frame_alloc_ahead(life.pointer, frames, bytes, ALIGN))
    -- The epoch grows by two from one frame to the next; that of this lane counts, wherever the view is looked at.
    local scope, cell, epoch = new_scope(allocator, "last frame"), self._top.cell, self._top.epoch
    scope.still = function() return (epoch_at(cell) - epoch) % 2 ^ 32 <= 2 * frames end
    return view(wanted, memory, count, scope)
end

local WINDOW = abi.structs.fa_window.size

--- A window: the cheapest way to many small blocks. window:alloc(size) is a pointer; close it before the books are
--- read.
local Window = class()
Window.__close = function(self) self:close() end

function Frame:window(stretch)
    local life = self._allocator._life
    local memory, scope = core.buffer(WINDOW), running(self)
    check(life, raw.fa_window_open(life.pointer, memory, size_of(stretch or 0)))
    return setmetatable({_memory = memory, _frame = self, _life = life, _scope = scope,
                         _cell = scope.cell, _epoch = scope.epoch}, Window)
end

local window_alloc = core.window_alloc

--- A block as a pointer of ffi or light userdata, for as long as the frame runs.
function Window:alloc(size, align)
    local scope = self._scope
    if scope.closed or self._life.closed then
        ended(scope)
    end
    local block = window_alloc(self._memory, size, align or ALIGN, self._cell, self._epoch)
    if not block then
        if block == false then
            ended(scope)
        end
        need(self._life, nil)
    end
    return block
end

--- The same as a view.
function Window:array(kind, count)
    local wanted, scope = kind_of(kind), running(self._frame)
    return view(wanted, self:alloc(count_of(count, wanted) * wanted.size), count, scope)
end

function Window:close()
    if self._life.closed then
        return
    end
    local status = raw.fa_window_close(self._memory)
    check(self._life, status)
end

--- Keeps the frame's memory beyond its end, for a reader that Lua cannot see, until the result is released.
local Hold = class()
Hold.__close = function(self) self:release() end

function Frame:hold()
    running(self)
    local life = self._allocator._life
    return setmetatable({_life = life, _token = check(life, calls.fa_frame_hold(life.pointer))}, Hold)
end

function Hold:release()
    if self._token and not self._life.closed then
        local token = self._token
        self._token = nil
        check(self._life, raw.fa_frame_token_release(self._life.pointer, token))
    end
end

local function retention(how)
    local given = type(how) == "table" and how or {to = how}
    local to = given.to or "heap"
    local word = (to == "discard" or to == "leak") and to or "to_" .. to
    return marshal.make("fa_retention", {policy = choice("FA_RETAIN_", word), frames_ahead = given.ahead or 0,
                                         scratch = given.scratch, type_name = given.type_name}), given
end

--- Elements that are copied when the frame ends: to the "pool", the "heap", or a "scratch" pool; see `promotions`.
function Frame:retained(kind, count, how)
    local wanted, scope, life = kind_of(kind), running(self), self._allocator._life
    local struct = retention(how)
    local bytes = count_of(count, wanted) * wanted.size
    local memory = need(life, raw.fa_frame_alloc_retained(life.pointer, bytes, ALIGN, struct))
    self._retained = self._retained + 1
    self._kinds[core.address(memory)] = wanted
    return view(wanted, memory, count, scope), struct
end

--- Has a view of this frame copied when it ends.
function Frame:retain(what, how)
    running(self)
    span(what)
    local life = self._allocator._life
    check(life, raw.fa_frame_retain(life.pointer, what._p, what:bytes(), 1, (retention(how))))
    self._retained = self._retained + 1
    self._kinds[core.address(what._p)] = what._kind
end

--- Forgets what was retained: it goes with the frame.
function Frame:drop_retained()
    running(self)
    self._retained = 0
    return raw.fa_frame_retained_drop(self._allocator._life.pointer)
end

-- Ends the frame; what was promoted to the pool or the heap is a block of its own from then on.
function Frame:_promote()
    local allocator = self._allocator
    local life = allocator._life
    local room = raw.fa_frame_retained_count(life.pointer)
    local status, _, summary, list = calls.fa_frame_end_with_promotions(life.pointer, room)
    check(life, status)
    self.summary, self.promotions = summary, list
    for _, one in ipairs(list) do
        local owned = one.policy == constants.FA_RETAIN_TO_POOL or one.policy == constants.FA_RETAIN_TO_HEAP
        if owned and one.after then
            local kind = self._kinds[core.address(one.before)] or kinds.u8
            one.view = allocator:_own(kind, one.after, floor(one.size / kind.size))
        end
    end
end

--- Elements that are copied when the frame ends by their importance: "ephemeral" (not at all), "reusable" (to the
--- pool), "persistent" (to the heap) or "scratch" (to the pool of that name).
function Frame:important(kind, count, importance, scratch)
    local wanted, scope, life = kind_of(kind), running(self), self._allocator._life
    local bytes, level = count_of(count, wanted) * wanted.size, choice("FA_IMPORTANCE_", importance)
    local memory = need(life, raw.fa_frame_alloc_important(life.pointer, bytes, ALIGN, level, scratch))
    self._retained = self._retained + 1
    self._kinds[core.address(memory)] = wanted
    return view(wanted, memory, count, scope)
end

--- A view of this frame with another number of elements: the same memory if it was the newest, else a copy, after which
--- the old view is stale.
function Frame:resize(what, count)
    local scope, life, kind = running(self), self._allocator._life, what._kind
    span(what)
    if what._parts == 1 then
        refuse("UNSUPPORTED", "a part of it is in use as a view of its own")
    end
    local moved = need(life, raw.fa_frame_realloc(life.pointer, what._p, what:bytes(),
                                                  count_of(count, kind) * kind.size, ALIGN))
    forsake(what, "resizing")
    return view(kind, moved, count, scope)
end

--- Runs a function as a frame of its own within this one; bytes and blocks that it took, which are gone.
function Frame:subframe(fn, ...)
    local life, outer = self._allocator._life, running(self)
    local id = check(life, calls.fa_subframe_begin(life.pointer))
    self._scope = inner_scope(outer)
    self._open[#self._open + 1] = self._scope
    local state = {frame = self, scope = self._scope, cleanups = #self._cleanups, subframe = id}
    within(state, end_scope, fn, self, ...)
    return state.bytes, state.blocks
end

--- Gives the newest block back early. Says whether it was the newest.
function Frame:give_back(what)
    running(self)
    span(what)
    if what._parts == 1 then
        refuse("UNSUPPORTED", "a part of it is in use as a view of its own")
    end
    if raw.fa_frame_give_back(self._allocator._life.pointer, what._p, what:bytes()) == 0 then
        return false
    end
    forsake(what, "being given back")
    return true
end

--- Its number; the lane's first is 1.
function Frame:number()
    running(self)
    return raw.fa_frame_number(self._allocator._life.pointer)
end

--- Bytes in use.
function Frame:used()
    running(self)
    return raw.fa_frame_used(self._allocator._life.pointer)
end

--- Bytes up to the frame cap.
function Frame:remaining()
    running(self)
    return raw.fa_frame_remaining(self._allocator._life.pointer)
end

--- Makes sure that so many bytes need nothing from the backend.
function Frame:warm(size)
    running(self)
    check(self._allocator._life, raw.fa_frame_warm(self._allocator._life.pointer, size_of(size)))
end

local VECTOR = abi.structs.fa_vector.size

--- A vector of elements with a fixed capacity, which C can use, too.
local Vector = class()

function Frame:vector(kind, capacity)
    local wanted, scope, life = kind_of(kind), running(self), self._allocator._life
    local memory = core.buffer(VECTOR)
    local align = wanted.align or wanted.size
    check(life, raw.fa_vector_init(memory, life.pointer, count_of(capacity, wanted), wanted.size, align))
    return setmetatable({_memory = memory, _kind = wanted, _scope = scope, _life = life,
                         _item = core.buffer(wanted.size)}, Vector)
end

local function vector_at(self)
    if not alive(self._scope) then
        ended(self._scope)
    end
    return self._memory
end

local function item_of(self, value)
    self._kind.set(self._item, 0, value)
    return self._item
end

--- The elements that are there, as a view; it does not see what is added later.
function Vector:view()
    local memory = vector_at(self)
    return view(self._kind, kinds.ptr.get(memory, 0), kinds.size.get(memory, 1), self._scope)
end

function Vector:len()
    return kinds.size.get(vector_at(self), 1)
end
Vector.__len = Vector.len

function Vector:push(value)
    check(self._life, raw.fa_vector_extend(vector_at(self), item_of(self, value), 1))
end

function Vector:extend(list)
    for index = 1, #list do
        self:push(list[index])
    end
end

local function place_of(index)
    if type(index) ~= "number" or not (index >= 1 and index % 1 == 0 and index < 2 ^ 53) then
        refuse("INVALID_ARGUMENT", ("no index: %s"):format(tostring(index)))
    end
    return index - 1
end

function Vector:insert(index, value)
    check(self._life, raw.fa_vector_insert(vector_at(self), place_of(index), item_of(self, value)))
end

function Vector:pop()
    check(self._life, raw.fa_vector_pop(vector_at(self), self._item))
    return self._kind.get(self._item, 0)
end

--- Removes an element; with `swap` the last one takes its place, which is cheaper than moving all behind it.
function Vector:remove(index, swap)
    local remove = swap and raw.fa_vector_remove_swap or raw.fa_vector_remove
    check(self._life, remove(vector_at(self), place_of(index)))
end

--- The index of the first element that has the same bytes, nil for none.
function Vector:find(value)
    local index = raw.fa_vector_index_of(vector_at(self), item_of(self, value))
    return index < self:len() and index + 1 or nil
end

--- Keeps the elements for which a function is true, in their order.
function Vector:retain(keep)
    local all, list = self:view():table(), {}
    for _, value in ipairs(all) do
        if keep(value) then
            list[#list + 1] = value
        end
    end
    self:clear()
    self:extend(list)
    return #all - #list
end

function Vector:sort(less)
    local list = self:view():table()
    table.sort(list, less)
    self:view():copy(list)
end

function Vector:clear()
    check(self._life, raw.fa_vector_clear(vector_at(self)))
end

function Vector:pointer()
    return core.pointer(vector_at(self))
end

local MAP = abi.structs.fa_map.size

--- A map with a fixed capacity from texts, or elements of a kind, to elements of another.
local Map = class()

function Frame:map(kind, capacity, key)
    local wanted, scope, life = kind_of(kind), running(self), self._allocator._life
    local shape = {value_size = wanted.size, value_align = wanted.align or wanted.size}
    local key_kind = key and kind_of(key)
    if key_kind then
        shape.key_size, shape.key_align = key_kind.size, key_kind.align or key_kind.size
    else
        shape.texts, shape.key_size = 1, abi.structs.fa_text_key.size
        shape.key_align = 8
    end
    local memory = core.buffer(MAP)
    check(life, raw.fa_map_init(memory, life.pointer, count_of(capacity, wanted), marshal.make("fa_map_shape", shape)))
    return setmetatable({_memory = memory, _kind = wanted, _key = key_kind, _scope = scope, _life = life,
                         _place = core.buffer(16)}, Map)
end

-- The key as C sees it, in memory that the map object keeps.
local function key_at(self, key)
    vector_at(self)
    if self._key then
        self._key.set(self._place, 0, key)
    else
        key = tostring(key)
        self._text = core.buffer(#key + 1)
        core.copy(self._text, key, #key)
        kinds.ptr.set(self._place, 0, core.pointer(self._text))
        kinds.size.set(self._place, 1, #key)
    end
    return self._place
end

function Map:get(key)
    local found = raw.fa_map_get(self._memory, key_at(self, key))
    return found and self._kind.get(found, 0)
end

function Map:set(key, value)
    local place = key_at(self, key)
    local found = raw.fa_map_get(self._memory, place)
    if not found then
        local status
        status, found = calls.fa_map_add(self._memory, place)
        check(self._life, status)
    end
    self._kind.set(found, 0, value)
end

--- Removes a key. Says whether it was there.
function Map:remove(key)
    local status = raw.fa_map_remove(self._memory, key_at(self, key), nil)
    if status == constants.FA_ERROR_NOT_FOUND then
        return false
    end
    check(self._life, status)
    return true
end

function Map:len()
    return kinds.size.get(vector_at(self), 0)
end
Map.__len = Map.len

function Map:clear()
    vector_at(self)
    check(self._life, raw.fa_map_clear(self._memory))
end

--- Keys and values, for a `for` loop.
function Map:each()
    local state = core.buffer(24)
    return function()
        vector_at(self)
        local key_place, value_place = core.offset(state, 8), core.offset(state, 16)
        if raw.fa_map_next(self._memory, state, key_place, value_place) == 0 then
            return nil
        end
        local key, value = kinds.ptr.get(state, 1), kinds.ptr.get(state, 2)
        local name = self._key and self._key.get(key, 0)
            or core.string(kinds.ptr.get(key, 0), kinds.size.get(key, 1))
        return name, self._kind.get(value, 0)
    end
end

function Map:pointer()
    return core.pointer(vector_at(self))
end

-- The allocator

local Allocator = class()
fa.Allocator = Allocator

local function forget_all(life)
    for user in pairs(life.slots) do
        core.forget(life.slots[user])
    end
    life.slots = {}
end

-- Views of ffi know by their cells that the allocator is closed.
local function close_cells(life)
    if not life.own then
        return
    end
    core.close_cell(life.own)
    for scope in pairs(life.open) do
        core.close_cell(scope.own)
        for _, each in ipairs(scope.adopted) do
            core.close_cell(each.own)
        end
    end
    for _, each in ipairs(life.loose) do
        core.close_cell(each.own)
    end
end

-- Nothing that Lua registered may be called once Lua has gone, even if the host's allocator stays.
local function release(life)
    if not life.closed then
        for _, undo in pairs(life.undo) do
            undo()
        end
        life.closed = true
        close_cells(life)
        release_allocator(life.pointer)
        forget_all(life)
    end
end

local function new_allocator(pointer)
    local life = {pointer = pointer, closed = false, undo = {}, slots = {}, open = {}, loose = {}}
    life.own = core.new_cell and core.new_cell()
    return setmetatable({_life = life, _final = finalizer(life, release)}, Allocator)
end

--- A new allocator. The fields of fa_config are its settings: frame_cap = "64 MiB", frame_reset_policy = "decay";
--- `preset` ("high-performance") comes first. `output` says where reports go that are no errors: "sink", "stderr".
function fa.new(config)
    local given = settings(config)
    local preset, output = given.preset, given.output
    given.preset, given.output = nil, nil
    local values = {}
    if preset then
        local status
        status, values = calls.fa_config_preset(nil, choice("FA_PRESET_", preset))
        check({closed = true}, status)
        values.backend = nil
    end
    local struct = marshal.make("fa_config", settings(values, given))
    local made = raw.fa_allocator_create(struct)
    if made == nil then
        error(error_of(raw.fa_last_status()), 0)
    end
    local allocator = new_allocator(made)
    allocator:configure_diagnostics {output = output or "sink"}
    return allocator
end

--- Whether fa.new() would take a configuration here: true, or false and the error.
function fa.check(config)
    local given = settings(config)
    given.preset, given.output = nil, nil
    local status = calls.fa_config_check(given)
    return status == 0, status ~= 0 and error_of(status) or nil
end

--- Whether memory can be had from a backend ("huge-pages") on this machine.
function fa.backend_available(kind)
    return raw.fa_backend_available(choice("FA_BACKEND_", kind)) ~= 0
end

--- The allocator of a host, by its pointer: light userdata, a pointer of ffi, or an address. It gets a reference more.
function fa.borrow(pointer)
    local found = core.pointer(pointer)
    local held = found and raw.fa_allocator_retain(found)
    if held == nil then
        refuse("INVALID_ALLOCATOR", "this is no allocator")
    end
    return new_allocator(held)
end

--- The fa_allocator, for calls of C.
function Allocator:pointer()
    if self._life.closed then
        refuse("INVALID_ALLOCATOR", "the allocator is closed")
    end
    return self._life.pointer
end

function Allocator:closed()
    return self._life.closed
end

--- Ends the allocator if nobody else uses it, or raises "busy": at once, or after so many seconds of waiting.
function Allocator:destroy(seconds)
    local life, pointer = self._life, self:pointer()
    for _, undo in pairs(life.undo) do
        undo()
    end
    life.undo = {}
    check(life, raw.fa_allocator_destroy(pointer, nanoseconds(seconds or 0)))
    life.closed = true
    close_cells(life)
    forget_all(life)
end

--- Gives the reference up. Views of its memory are stale from then on.
function Allocator:close()
    release(self._life)
end
Allocator.__close = Allocator.close

function Allocator:__tostring()
    return self._life.closed and "framealloc allocator, closed" or "framealloc allocator " .. tostring(self:id())
end

-- A call with the allocator first: its status is checked, the rest is returned.
local function ask(self, name, ...)
    local pointer = self:pointer()
    return check(self._life, calls["fa_" .. name](pointer, ...))
end

-- A call that answers without a status.
local function tell(self, name, ...)
    return check(self._life, 0, calls["fa_" .. name](self:pointer(), ...))
end

-- A call that begins what `undo` ends.
local function begin(self, name, undo, ...)
    local pointer = self:pointer()
    return begun(self._life, undo, calls["fa_" .. name](pointer, ...))
end

-- A call that fills a list of which it tells the length.
local function list_of(self, name, ...)
    local arguments, count = {...}, select("#", ...)
    arguments[count + 1] = 0
    local total = ask(self, name, unpack(arguments, 1, count + 1))
    arguments[count + 1] = total + 16
    local _, list = ask(self, name, unpack(arguments, 1, count + 1))
    return list
end

function Allocator:id() return tell(self, "allocator_id") end
function Allocator:references() return tell(self, "allocator_references") end
function Allocator:stats() return ask(self, "allocator_stats") end
function Allocator:config() return ask(self, "allocator_config") end
--- Gives what is kept for later back to the backend; how many bytes.
function Allocator:trim() return ask(self, "allocator_trim") end
function Allocator:heap_blocks() return list_of(self, "heap_blocks") end

--- Whether an address, or a view's memory, is the allocator's.
function Allocator:owns(what)
    return tell(self, "owns", is_view(what) and what._p or core.pointer(what)) ~= 0
end

-- Its frames

local function new_frame(self, borrowed)
    local scope = frame_scope(self)
    return setmetatable({_allocator = self, _scope = scope, _top = scope, _open = {}, _lane = self._lane,
                         _borrowed = borrowed, _cleanups = {}, _retained = 0, _kinds = {}}, Frame)
end

--- Begins a frame: the caller ends it with `finish`, or by leaving the block of a `local frame <close>`.
function Allocator:begin_frame()
    local pointer = self:pointer()
    begun(self._life, function() frame_end(pointer) end, frame_begin(pointer))
    return new_frame(self, false)
end

--- Runs a function within a frame, and returns what it returns.
function Allocator:frame(fn, ...)
    local frame = self:begin_frame()
    return within(frame, Frame.finish, fn, frame, ...)
end

--- The frame that the host runs on this thread; ended by the host alone.
function Allocator:running_frame()
    if raw.fa_frame_active(self:pointer()) == 0 then
        refuse("NO_FRAME", "no frame runs")
    end
    return new_frame(self, true)
end

--- Runs a function on a part of the running frame: what that takes goes when it returns.
function Allocator:scope(fn, ...)
    return self:running_frame():scope(fn, ...)
end

function Allocator:in_frame() return tell(self, "frame_active") ~= 0 end
function Allocator:frame_number() return tell(self, "frame_number") end
--- Measures how long frames take, for frame_times().
function Allocator:measure_frames(on) ask(self, "frame_measure", on == false and 0 or 1) end
function Allocator:frame_times() return ask(self, "frame_get_times", nil) end

--- What became of retained blocks: of all, or of a tag or a phase.
function Allocator:promotion_stats(of)
    if of and of.tag then
        return ask(self, "promotions_of_tag", self:tag(of.tag).id)
    end
    return of and of.phase and ask(self, "promotions_of_phase", of.phase) or ask(self, "promotions_total")
end

-- Blocks of their own

function Allocator:_own(kind, memory, count, align)
    local scope, life = new_scope(self, "release"), self._life
    function scope.release(block)
        check(life, raw.fa_release(life.pointer, block))
    end
    return view(kind, memory, count, scope, align)
end

-- A block that nobody would get to know of, since an error is to be raised, is released.
local function owned(self, kind, memory, count, align)
    if memory ~= nil and kept then
        local mine = kept
        raw.fa_release(self._life.pointer, memory)
        kept = mine
    end
    return self:_own(kind, need(self._life, memory), count, align)
end

--- Elements that stay until they are released, from the "pool", the "heap", or by size.
function Allocator:block(kind, count, intent, align)
    local wanted = kind_of(kind)
    local chosen = choice("FA_INTENT_", intent or "auto")
    local memory = raw.fa_alloc_array(self:pointer(), chosen, count_of(count, wanted), wanted.size, align or ALIGN)
    return owned(self, wanted, memory, count, align)
end

--- The same, but nil where there is no memory, without a report. The intent is "pool" or "heap".
function Allocator:try_block(kind, count, intent, align)
    local wanted, life = kind_of(kind), self._life
    local size = count_of(count, wanted) * wanted.size
    local try = (intent or "heap") == "pool" and raw.fa_pool_try_alloc or raw.fa_heap_try_alloc
    local memory = try(self:pointer(), size, align or ALIGN)
    if memory == nil and not kept then
        return none_of(life)
    end
    return owned(self, wanted, memory, count, align)
end

--- Memory for a tag, which need not be pushed for it.
local Tagged = class()

function Allocator:tagged(path)
    local memory, life = core.buffer(abi.structs.fa_tagged.size), self._life
    check(life, raw.fa_tagged_init(memory, self:pointer(), path))
    return setmetatable({path = path, _memory = memory, _allocator = self, _life = life}, Tagged)
end

local function take_tagged(self, kind, count, intent, align)
    local _ = self._allocator:pointer()
    return raw.fa_tagged_alloc_array(self._memory, choice("FA_INTENT_", intent), count_of(count, kind), kind.size,
                                     align or ALIGN)
end

--- Elements of the running frame.
function Tagged:array(kind, count, align)
    local wanted, frame = kind_of(kind), self._allocator:running_frame()
    return view(wanted, need(self._life, take_tagged(self, wanted, count, "frame", align)), count, frame._scope)
end

--- Elements that stay until they are released, from the "pool", the "heap", or by size.
function Tagged:block(kind, count, intent, align)
    local wanted = kind_of(kind)
    if intent == "frame" or intent == "scratch" then
        refuse("INVALID_ARGUMENT", "a block is of the pool or the heap; tagged:array() is of the frame")
    end
    return owned(self._allocator, wanted, take_tagged(self, wanted, count, intent or "auto", align), count, align)
end

function Tagged:tag()
    return self._allocator:tag(self.path)
end

local close_booked = raw.fa_magazine_close

local function close_magazine(state)
    if not state.life.closed and not state.open.closed then
        close_booked(state.memory)
    end
end

--- A stack of free blocks alike, of the pool: the cheapest way to take and give many. Close it before figures are read.
local Magazine = class()
Magazine.__close = function(self) self:close() end

function Allocator:magazine(kind, count, align)
    local wanted, memory, life = kind_of(kind), core.buffer(abi.structs.fa_magazine.size), self._life
    local size = count_of(count or 1, wanted) * wanted.size
    check(life, raw.fa_magazine_open(self:pointer(), memory, size, align or ALIGN))
    local open = {closed = false}
    local final = finalizer({memory = memory, life = life, open = open}, close_magazine)
    return setmetatable({_memory = memory, _kind = wanted, _n = count or 1, _allocator = self, _life = life,
                         _open = open, _final = final}, Magazine)
end

local function magazine_at(self)
    if self._life.closed then
        refuse("INVALID_ALLOCATOR", "the allocator is closed")
    elseif self._open.closed then
        refuse("STALE", "the magazine is closed")
    end
    return self._memory
end

--- A block as a view, until it is given back, or released.
function Magazine:take()
    return owned(self._allocator, self._kind, core.magazine_take(magazine_at(self)), self._n)
end

function Magazine:give(what)
    local scope = what._scope
    magazine_at(self)
    span(what)
    if not scope.release or scope.shared or what._root or what._kind ~= self._kind or what._n ~= self._n then
        refuse("INVALID_ARGUMENT", "this is no block of the magazine")
    end
    check(self._life, core.magazine_give(self._memory, what._p))
    scope.closed = true
end

--- Gives the free blocks back to the pool, and books what was done.
function Magazine:close()
    if not self._life.closed and not self._open.closed then
        self._open.closed = true
        check(self._life, raw.fa_magazine_close(self._memory))
    end
end

-- Groups, tasks, scratch pools: memory that goes at once

local Store = class(Memory)

function Store:_take(size, align)
    local scope = self._scope
    if not alive(scope) then
        ended(scope)
    end
    return need(scope.life, self._allocate(size, align)), scope
end

-- A scratch pool has no call that does not report.
function Store:_trying()
    if not alive(self._scope) then
        ended(self._scope)
    end
    return self._scope, self._try or self._allocate
end

local function store_scope(allocator, what, give)
    local scope = new_scope(allocator, what)
    scope.shared, scope.release = true, give
    return scope
end

local function renew(self)
    local old = self._scope
    old.closed = true
    self._scope = store_scope(old.allocator, old.what, old.release)
end

local function store_alive(self)
    if not alive(self._scope) then
        ended(self._scope)
    end
    return self._scope.life
end

local Group = class(Store)

local function new_group(self, id)
    local life = self._life
    local made = setmetatable({id = id, _scope = store_scope(self, "group", function(block)
        check(life, raw.fa_group_release_block(life.pointer, id, block))
    end)}, Group)
    made._allocate = function(size, align) return raw.fa_group_alloc(life.pointer, id, size, align) end
    made._try = function(size, align) return raw.fa_group_try_alloc(life.pointer, id, size, align) end
    return made
end

--- Blocks that are freed together.
function Allocator:group(name)
    return new_group(self, ask(self, "group_create", name))
end

function Allocator:find_group(name)
    return new_group(self, ask(self, "group_find", name))
end

function Allocator:groups()
    return list_of(self, "group_list")
end

function Group:stats()
    local life = store_alive(self)
    return check(life, calls.fa_group_get_stats(life.pointer, self.id))
end

--- Frees all blocks; the group stays.
function Group:clear()
    local life = store_alive(self)
    check(life, raw.fa_group_free_all(life.pointer, self.id))
    renew(self)
end

function Group:destroy()
    local life = store_alive(self)
    check(life, raw.fa_group_destroy(life.pointer, self.id))
    self._scope.closed = true
end

function Group:__close()
    if alive(self._scope) then
        self:destroy()
    end
end

local Task = class(Store)

--- Memory of work that may move between threads, in a tree; its blocks go when it ends.
function Allocator:task(name, parent)
    local life, id = self._life, ask(self, "task_begin", name, parent and parent.id or 0)
    local made = setmetatable({id = id, _allocator = self, _ends = {}, _tasks = {}}, Task)
    made._scope = store_scope(self, "task", function(block)
        check(life, raw.fa_task_release(life.pointer, id, block))
    end)
    made._allocate = function(size, align) return raw.fa_task_alloc(life.pointer, id, size, align) end
    made._try = function(size, align) return raw.fa_task_try_alloc(life.pointer, id, size, align) end
    return made
end

function Allocator:task_count() return tell(self, "task_count") end

function Task:task(name)
    store_alive(self)
    local child = self._allocator:task(name, self)
    self._tasks[#self._tasks + 1] = child
    return child
end

--- Runs a function with the task as the current one of this thread.
function Task:run(fn, ...)
    local life, allocator = store_alive(self), self._allocator
    local function leave(before) check(life, calls.fa_task_enter(allocator:pointer(), before)) end
    local before = begun(life, leave, calls.fa_task_enter(life.pointer, self.id))
    return within(self, function() leave(before) end, fn, ...)
end

--- Whether it is the current one of this thread.
function Task:current()
    return raw.fa_task_current(store_alive(self).pointer) == self.id
end

function Task:stats()
    local life = store_alive(self)
    return check(life, calls.fa_task_get_stats(life.pointer, self.id))
end

--- Makes it independent of its parent, whose end it outlives.
function Task:detach()
    local life = store_alive(self)
    check(life, raw.fa_task_detach(life.pointer, self.id))
    self._detached = true
end

-- A Lua function as C's user data, until `forget` is called with the slot.
local function listener(life, slot, kind, fn, otherwise)
    local callback, user = core.register(kind, function(...)
        local ok, answer = pcall(fn, ...)
        if ok then
            return answer
        end
        kept = kept or {value = answer}
        return otherwise
    end)
    return callback, user, function()
        if life.slots[slot] then
            core.forget(life.slots[slot])
        end
        life.slots[slot] = user
    end
end

--- Has a function called when the task is finished from Lua: the newest first.
function Task:on_end(fn)
    store_alive(self)
    self._ends[#self._ends + 1] = fn
end

--- Ends it, its children first.
function Task:finish()
    local life = store_alive(self)
    for _, child in ipairs(self._tasks) do
        if not child._detached and alive(child._scope) then
            child:finish()
        end
    end
    local problem = run_all(self._ends, 0)
    self._scope.closed = true
    check(life, raw.fa_task_end(life.pointer, self.id))
    if problem then
        error(problem.value, 0)
    end
end

function Task:__close()
    if alive(self._scope) then
        self:finish()
    end
end

local Scratch = class(Store)
local SCRATCH_SCOPE = abi.structs.fa_scratch_scope.size

--- A named scratch pool: bump memory that outlives frames until it is reset.
function Allocator:scratch(name)
    local made = need(self._life, raw.fa_scratch_pool_get(self:pointer(), name))
    local pool = setmetatable({_pool = made, _allocator = self, _scope = store_scope(self, "scratch scope")}, Scratch)
    pool._allocate = function(size, align) return raw.fa_scratch_pool_alloc(made, size, align) end
    return pool
end

--- The scratch memory of this lane.
function Allocator:lane_scratch()
    local life = self._life
    self:pointer()
    local pool = setmetatable({_allocator = self, _scope = store_scope(self, "scratch scope")}, Scratch)
    pool._allocate = function(size, align) return raw.fa_scratch_alloc(life.pointer, size, align) end
    return pool
end

--- The scratch pool of a name if there is one, else nil.
function Allocator:find_scratch(name)
    return raw.fa_scratch_pool_find(self:pointer(), name) ~= nil and self:scratch(name) or nil
end

function Allocator:scratch_pools()
    local names = {}
    for index, pool in ipairs(list_of(self, "scratch_pool_list")) do
        local _, stats = calls.fa_scratch_pool_get_stats(pool)
        names[index] = stats.name
    end
    return names
end

function Allocator:scratch_used() return tell(self, "scratch_used") end
function Allocator:reset_scratch_pools() ask(self, "scratch_pool_reset_all") end

function Scratch:stats()
    local life = store_alive(self)
    return check(life, calls.fa_scratch_pool_get_stats(self._pool))
end

function Scratch:set_limit(size)
    check(store_alive(self), raw.fa_scratch_pool_set_limit(self._pool, size_of(size)))
end

function Scratch:reset()
    local life = store_alive(self)
    check(life, self._pool and raw.fa_scratch_pool_reset(self._pool) or raw.fa_scratch_reset(life.pointer))
    renew(self)
end

function Scratch:destroy()
    check(store_alive(self), raw.fa_scratch_pool_destroy(self._pool))
    self._scope.closed = true
end

local function end_scratch(state, failed)
    local self = state.pool
    self._scope.closed = true
    self._scope = state.outer
    local status = raw.fa_scratch_scope_end(state.memory)
    if not failed then
        check(self._scope.life, status)
    end
end

--- Runs a function; what it takes of the pool goes when it returns.
function Scratch:scope(fn, ...)
    local life, memory = store_alive(self), core.buffer(SCRATCH_SCOPE)
    check(life, self._pool and raw.fa_scratch_pool_scope_begin(self._pool, memory)
        or raw.fa_scratch_scope_begin(life.pointer, memory))
    local state = {pool = self, outer = self._scope, memory = memory}
    self._scope = setmetatable({closed = false}, {__index = state.outer})
    return within(state, end_scratch, fn, self, ...)
end

-- Objects, handles, streams

local Pool = class()

--- A pool of records of one fa.struct. `hooks.constructor` is called with what is taken, `hooks.destructor` with what
--- is given back.
function Allocator:object_pool(kind, maximum, hooks)
    local wanted = kind_of(kind)
    local values = {object_size = wanted.size, align = wanted.align or wanted.size, maximum = maximum or 0}
    local config = marshal.make("fa_object_pool_config", values)
    local pool = need(self._life, raw.fa_object_pool_create(self:pointer(), config))
    return setmetatable({_pool = pool, _kind = wanted, _life = self._life, _hooks = hooks or {},
                         _scope = new_scope(self, "object pool")}, Pool)
end

local function pool_of(self)
    if not alive(self._scope) then
        ended(self._scope)
    end
    return self._pool
end

local function object(self, id, memory)
    local scope = setmetatable({what = "object", still = function()
        return alive(self._scope) and raw.fa_object_pool_get(self._pool, id) ~= nil
    end}, {__index = self._scope})
    local made = record(memory, self._kind, scope)
    rawset(made, ID, id)
    rawset(made, POOL, self)
    return made
end

--- Takes an object, zeroed or as it was given back, and sets its fields.
function Pool:take(values)
    local pool, id = pool_of(self), core.buffer(8)
    local made = object(self, 0, need(self._life, raw.fa_object_pool_take(pool, id)))
    made = object(self, kinds.u64.get(id, 0), rawget(made, AT))
    for name, value in pairs(values or {}) do
        made[name] = value
    end
    if self._hooks.constructor then
        self._hooks.constructor(made)
    end
    return made
end

--- The object of an id.
function Pool:get(id)
    local memory = raw.fa_object_pool_get(pool_of(self), id)
    if not memory then
        refuse("STALE", "[FA401] the id names no object")
    end
    return object(self, id, memory)
end

function Pool:contains(id)
    return raw.fa_object_pool_get(pool_of(self), id) ~= nil
end

--- The id of an object, whatever its fields are called.
function Pool:id(one)
    return getmetatable(one) == Record and rawget(one, POOL) == self and rawget(one, ID)
        or refuse("INVALID_ARGUMENT", "this is no object of the pool")
end

--- Gives an object back, by itself or by its id.
function Pool:give(which)
    local id = type(which) == "table" and self:id(which) or which
    local one = self:get(id)
    if self._hooks.destructor then
        self._hooks.destructor(one)
    end
    check(self._life, raw.fa_object_pool_give(self._pool, id))
end

-- What an object has beside its fields: `id`, and `give()`.
function Object.id(self)
    return rawget(self, ID)
end

local function give_object(self)
    rawget(self, POOL):give(self)
end

function Object.give()
    return give_object
end

--- The objects, for a `for` loop, in which each may be given back.
function Pool:each()
    local state = core.buffer(16)
    return function()
        local memory = raw.fa_object_pool_next(pool_of(self), state, core.offset(state, 8))
        return memory and object(self, kinds.u64.get(state, 1), memory)
    end
end

function Pool:len()
    return raw.fa_object_pool_count(pool_of(self))
end
Pool.__len = Pool.len

function Pool:maximum()
    return raw.fa_object_pool_maximum(pool_of(self))
end

function Pool:clear()
    if self._hooks.destructor then
        for one in self:each() do
            self:give(one)
        end
    end
    check(self._life, raw.fa_object_pool_clear(pool_of(self)))
end

function Pool:destroy()
    self:clear()
    self._scope.closed = true
    check(self._life, raw.fa_object_pool_destroy(self._pool))
end

function Pool:__close()
    if alive(self._scope) then
        self:destroy()
    end
end

local Handle = class()

--- Memory that may move while nobody has it pinned.
function Allocator:handle(kind, count)
    local wanted = kind_of(kind)
    local id = ask(self, "handle_alloc", count_of(count, wanted) * wanted.size, ALIGN)
    return setmetatable({id = id, _allocator = self, _kind = wanted, _n = count, _life = self._life}, Handle)
end

--- Runs a function with a view of the memory, which stays in place until that returns.
function Handle:pin(fn, ...)
    local pointer, scope = self._allocator:pointer(), new_scope(self._allocator, "pin")
    local memory = need(self._life, raw.fa_handle_pin(pointer, self.id))
    return within(self, function()
        scope.closed = true
        check(self._life, raw.fa_handle_unpin(pointer, self.id))
    end, fn, view(self._kind, memory, self._n, scope), ...)
end

--- Where its memory is now; it may move at the next allocation of a handle, unless it is pinned.
function Handle:pointer() return need(self._life, raw.fa_handle_resolve(self._allocator:pointer(), self.id)) end
function Handle:valid() return tell(self._allocator, "handle_valid", self.id) ~= 0 end
function Handle:moves() return tell(self._allocator, "handle_moves", self.id) end
function Handle:size() return tell(self._allocator, "handle_size", self.id) end
function Handle:free() ask(self._allocator, "handle_free", self.id) end

function Handle:__close()
    if not self._life.closed and self:valid() then
        self:free()
    end
end

--- Moves handles together: all of them, or up to so many bytes and seconds.
function Allocator:defragment(most_bytes, most_seconds)
    if not most_bytes and not most_seconds then
        return ask(self, "handle_defragment")
    end
    return ask(self, "handle_defragment_step", most_bytes and size_of(most_bytes) or huge, nanoseconds(most_seconds))
end

function Allocator:handle_stats() return ask(self, "handle_get_stats") end

local Stream = class()
local Asset = class()

--- Assets within a budget; `evicted(id, size)` is told what was thrown out.
function Allocator:stream(budget, evicted)
    local life, slot, given = self._life, {}, {budget = size_of(budget)}
    local keep
    if evicted then
        given.evicted, given.user, keep = listener(life, slot, "evicted", evicted)
    end
    local made = need(life, raw.fa_stream_create(self:pointer(), marshal.make("fa_stream_config", given)))
    if keep then
        keep()
        life.undo[slot] = function() destroy_stream(made) end
    end
    return setmetatable({_slot = slot, _stream = made, _life = life, _scope = new_scope(self, "stream"),
                         _allocator = self}, Stream)
end

local function stream_of(self)
    if not alive(self._scope) then
        ended(self._scope)
    end
    return self._stream
end

local function ask_stream(self, name, ...)
    return check(self._life, calls["fa_stream_" .. name](stream_of(self), ...))
end

local function stream_view(stream, memory, size, what)
    local scope = new_scope(stream._allocator, what)
    return view(kinds.u8, memory, size, scope), scope
end

function Stream:reserve(size, priority, name)
    local wanted = size_of(size)
    local id = ask_stream(self, "reserve", wanted, choice("FA_PRIORITY_", priority or "normal"), name)
    return setmetatable({id = id, _stream = self, _size = wanted}, Asset)
end

function Stream:stats() return ask_stream(self, "get_stats") end
function Stream:set_budget(size) return ask_stream(self, "set_budget", size_of(size)) end
--- Throws out what is not pinned until only so many bytes are used; how many it was.
function Stream:evict(keep, most) return ask_stream(self, "evict_step", size_of(keep or 0), most or 2 ^ 31) end

--- Ids of what was thrown out since the last call.
function Stream:evicted()
    local _, _, list = ask_stream(self, "poll_evicted", 64)
    return list
end

function Stream:destroy()
    local stream = stream_of(self)
    check(self._life, destroy_stream(stream))
    self._scope.closed = true
    self._life.undo[self._slot] = nil
end

function Stream:__close()
    if alive(self._scope) then
        self:destroy()
    end
end

--- Loads it by a function that gets the memory; an error abandons the load. A size replaces what is there.
function Asset:load(fn, size)
    local stream = self._stream
    local memory
    if size then
        self._size, memory = size_of(size), ask_stream(stream, "begin_replace", self.id, size_of(size))
    else
        memory = ask_stream(stream, "begin_load", self.id)
    end
    local shown, scope = stream_view(stream, memory, self._size, "load")
    return within(self, function(_, failed)
        scope.closed = true
        ask_stream(stream, failed and "abandon_load" or "finish_load", self.id)
    end, fn, shown)
end

--- Runs a function with a view of the asset, which stays for as long.
function Asset:pin(fn, ...)
    local stream, size = self._stream, core.buffer(8)
    local memory = need(stream._life, raw.fa_stream_pin(stream_of(stream), self.id, size))
    local shown, scope = stream_view(stream, memory, kinds.size.get(size, 0), "pin")
    return within(self, function()
        scope.closed = true
        ask_stream(stream, "unpin", self.id, memory)
    end, fn, shown, ...)
end

--- Has it be the one that was used last, so that others are thrown out before it. Its size.
function Asset:touch()
    local size = core.buffer(8)
    need(self._stream._life, raw.fa_stream_access(stream_of(self._stream), self.id, size))
    return kinds.size.get(size, 0)
end

function Asset:info() return ask_stream(self._stream, "get_asset", self.id) end
function Asset:ready() return self:info().state == constants.FA_ASSET_READY end
function Asset:progress(loaded) ask_stream(self._stream, "report_progress", self.id, loaded) end
function Asset:set_priority(word) ask_stream(self._stream, "set_priority", self.id, choice("FA_PRIORITY_", word)) end
function Asset:evict() ask_stream(self._stream, "evict", self.id) end
function Asset:free() ask_stream(self._stream, "free", self.id) end

-- Tags, phases, budgets

local Tag = class()

--- A tag by its path ("ai::paths"). With a function: runs it with the tag set.
function Allocator:tag(path, fn, ...)
    local id = raw.fa_tag_get(self:pointer(), path)
    if id == 0 then
        fail(self._life, raw.fa_last_status())
    end
    local tag = setmetatable({id = id, path = path, _allocator = self, _life = self._life}, Tag)
    if fn then
        return tag:run(fn, ...)
    end
    return tag
end

function Tag:run(fn, ...)
    local function pop() ask(self._allocator, "tag_pop") end
    begin(self._allocator, "tag_push", pop, self.id)
    return within(self, pop, fn, ...)
end

--- The tag of a name within it.
function Tag:nested(name)
    return self._allocator:tag(self.path .. "::" .. name)
end

function Tag:stats() return ask(self._allocator, "tag_get_stats", self.id) end
function Tag:budget() return ask(self._allocator, "budget_get_tag", self.id) end
function Tag:remaining() return tell(self._allocator, "budget_remaining", self.id) end

local function path_of(self, id)
    return text_of(function(buffer, size) return tell(self, "tag_path", id, buffer, size) end)
end

--- The paths of all tags.
function Allocator:tags()
    local paths = {}
    for index, id in ipairs(list_of(self, "tag_list")) do
        paths[index] = path_of(self, id)
    end
    return paths
end

--- The tag of a path, nil if there is none.
function Allocator:find_tag(path)
    return raw.fa_tag_find(self:pointer(), path) ~= 0 and self:tag(path) or nil
end

--- How many tags are set on top of each other.
function Allocator:tag_depth() return tell(self, "tag_depth") end

function Allocator:current_tag()
    local id = tell(self, "tag_current")
    return id ~= 0 and path_of(self, id) or nil
end

--- Runs a function as a phase of the running frame.
function Allocator:phase(name, fn, ...)
    local function finish() ask(self, "phase_end") end
    begin(self, "phase_begin", finish, name)
    return within(self, finish, fn, ...)
end

--- Figures of the phases of the frame before, or of the running one.
function Allocator:phases(running_one)
    local which, list = running_one and constants.FA_PHASES_RUNNING or constants.FA_PHASES_LAST, {}
    for index = 1, tell(self, "phase_count", which) do
        list[index] = ask(self, "phase_at", which, index - 1)
    end
    return list
end

--- Figures of the first phase of a name, nil if there is none.
function Allocator:find_phase(name, running_one)
    local which = running_one and constants.FA_PHASES_RUNNING or constants.FA_PHASES_LAST
    local status, found = calls.fa_phase_find(self:pointer(), which, name)
    if status == constants.FA_ERROR_NOT_FOUND then
        return nil
    end
    return check(self._life, status, found)
end

--- How many phases are open.
function Allocator:phase_depth() return tell(self, "phase_depth") end

-- A function that sets the budget in question. It does not hold the allocator.
local function budget_setter(self, given)
    local life = self._life
    if given.tag then
        local id = self:tag(given.tag).id
        return function(struct) return raw.fa_budget_set_tag(life.pointer, id, struct) end
    elseif given.intent then
        local lane, intent = given.lane and given.lane._lane, choice("FA_INTENT_", given.intent)
        return function(struct) return raw.fa_budget_set_lane(life.pointer, lane, intent, struct) end
    end
    return function(struct) return raw.fa_budget_set_global(life.pointer, struct) end
end

--- Sets the budget of everything, of a `tag`, or of an `intent` on a lane: hard, soft, policy ("fail", "warn",
--- "promote"), warning_percent. `decide(event)` answers each request that meets the hard limit with a policy.
function Allocator:set_budget(given)
    local values = {hard_limit = size_of(given.hard or 0), soft_limit = size_of(given.soft or 0),
                    warning_percent = given.warning_percent or 0,
                    policy = choice("FA_BUDGET_", given.decide and "custom" or given.policy or "fail")}
    local life, set, keep = self._life, budget_setter(self, given), nil
    local slot = "decide " .. tostring(given.tag or given.intent or "")
    self:pointer()
    if given.decide then
        values.decide, values.user, keep = listener(life, slot, "decide", function(event)
            return choice("FA_BUDGET_", given.decide(marshal.read("fa_budget_event", event)))
        end, constants.FA_BUDGET_FAIL)
    end
    check(life, set(marshal.make("fa_budget", values)))
    life.undo[slot] = nil
    if keep then
        keep()
        life.undo[slot] = function() set(marshal.make("fa_budget")) end
    end
end

--- Use and limits of everything, or of an intent on a lane.
function Allocator:budget(intent, lane)
    if intent then
        return ask(self, "budget_get_lane", lane and lane._lane, choice("FA_INTENT_", intent))
    end
    return ask(self, "budget_get_global")
end

function Allocator:remaining() return tell(self, "budget_remaining_global") end

--- What happened to budgets since the last call.
function Allocator:budget_events()
    local _, _, list = ask(self, "budget_poll", 64)
    return list
end

-- The one function of a kind that C has; nil takes it back.
local function set_listener(self, kind, call, fn)
    local life, pointer = self._life, self:pointer()
    if not fn then
        check(life, call(pointer, nil, nil))
        life.undo[kind] = nil
        if life.slots[kind] then
            core.forget(life.slots[kind])
            life.slots[kind] = nil
        end
        return
    end
    local callback, user, keep = listener(life, kind, kind, fn)
    check(life, call(pointer, callback, user))
    keep()
    life.undo[kind] = function() call(life.pointer, nil, nil) end
end

local function telling(struct, fn)
    return fn and function(memory) fn(marshal.read(struct, memory)) end
end

--- Tells a function of budgets as it happens; nil for none.
function Allocator:on_budget(fn)
    set_listener(self, "budget", raw.fa_budget_set_listener, telling("fa_budget_event", fn))
end

--- Tells a function (id, size) what a defragmentation moves; nil for none.
function Allocator:on_relocated(fn)
    set_listener(self, "relocated", raw.fa_handle_set_relocated, fn)
end

-- Diagnostics

--- Sends reports to a function; nil for none.
function Allocator:on_diagnostic(fn)
    set_listener(self, "diagnostic", raw.fa_diagnostic_set_sink, telling("fa_diagnostic", fn))
end

--- How reports are delivered: output, color, min_severity, repeats.
function Allocator:configure_diagnostics(given)
    ask(self, "diagnostic_configure", settings(given))
end

--- The last reports, newest first.
function Allocator:diagnostics()
    local _, list = ask(self, "diagnostic_recent", constants.FA_DIAGNOSTICS_KEPT)
    return list
end

local function code_of(code)
    return type(code) == "string" and raw.fa_diagnostic_code_of(code) or code
end

--- How often a code ("FA001") was reported.
function Allocator:diagnostic_count(code) return tell(self, "diagnostic_count", code_of(code)) end
--- Where this thread is: frame, tag, phase, lane.
function Allocator:context() return ask(self, "diagnostic_get_context") end

--- What a code means.
function fa.describe(code)
    local status, text = calls.fa_diagnostic_describe(code_of(code))
    if status ~= 0 then
        error(error_of(status), 0)
    end
    return text
end

--- The names of all codes.
function fa.codes()
    local names = {}
    repeat
        local code = raw.fa_diagnostic_code_at(#names)
        names[#names + 1] = code ~= 0 and fa.describe(code).name or nil
    until code == 0
    return names
end

--- Makes a report of the program: severity, code, message, note, help.
function Allocator:emit(message)
    local values = settings(message)
    values.severity = choice("FA_SEVERITY_", values.severity or "error")
    ask(self, "diagnostic_emit", values)
end

--- Reports one of the library's own codes ("FA001"), for a mistake that only the program can see.
function Allocator:raise(code, note) ask(self, "diagnostic_raise", code_of(code), note) end

--- Runs a function in strict mode: "error" or "warning" stop the program at the first report.
function Allocator:strict(level, fn, ...)
    if not fn then
        return ask(self, "strict_set", choice("FA_STRICT_", level))
    end
    local function finish() ask(self, "strict_end") end
    begin(self, "strict_begin", finish, choice("FA_STRICT_", level))
    return within(self, finish, fn, ...)
end

function Allocator:strict_level() return tell(self, "strict_level") end

-- Events

local function event_mask(words)
    local mask, seen = 0, {}
    for _, word in ipairs(words or {}) do
        local bit = choice("FA_EVENT_", word)
        mask = mask + (seen[bit] and 0 or 2 ^ bit)
        seen[bit] = true
    end
    return mask > 0 and mask or constants.FA_EVENT_ALL
end

--- Tells a function of events ("frame-end", "discard"; all by default). The result stops that: stop().
function Allocator:listen(fn, words)
    local life, slot = self._life, {}
    local callback, user, keep = listener(life, slot, "event", telling("fa_event", fn))
    local id = ask(self, "event_listen", event_mask(words), callback, user)
    keep()
    life.undo[slot] = function() ignore_event(life.pointer, id) end
    return function()
        if not life.closed and life.undo[slot] then
            life.undo[slot]()
            life.undo[slot] = nil
            core.forget(user)
            life.slots[slot] = nil
        end
    end
end

function Allocator:events_suppressed() return tell(self, "event_suppressed") end

-- Threads

local Lane = class()

local function new_lane(self, pointer)
    return setmetatable({_lane = pointer, _allocator = self, _life = self._life}, Lane)
end

local function lane_of(self)
    return self._lane or refuse("STALE", "the lane was released")
end

--- A lane to be bound by hand, as schedulers of fibers and jobs do.
function Allocator:lane(name)
    return new_lane(self, need(self._life, raw.fa_lane_create(self:pointer(), name)))
end

function Allocator:current_lane()
    return new_lane(self, need(self._life, raw.fa_lane_current(self:pointer())))
end

function Allocator:lanes()
    local list = {}
    for index = 1, tell(self, "lane_count") do
        list[index] = new_lane(self, raw.fa_lane_at(self:pointer(), index - 1))
    end
    return list
end

--- Runs a function on the lane.
function Lane:run(fn, ...)
    local allocator, lane = self._allocator, lane_of(self)
    local function unbind(before) calls.fa_lane_bind(allocator:pointer(), before) end
    local before, key = begin(allocator, "lane_bind", unbind, lane), allocator._lane
    allocator._lane = self
    return within(self, function()
        allocator._lane = key
        check(self._life, calls.fa_lane_bind(allocator:pointer(), before))
    end, fn, ...)
end

function Lane:stats() return ask(self._allocator, "lane_get_stats", lane_of(self)) end
function Lane:frame_times() return ask(self._allocator, "frame_get_times", lane_of(self)) end

--- Hands it to the allocator; this object is done.
function Lane:release()
    ask(self._allocator, "lane_release", lane_of(self))
    self._lane = nil
end

local Barrier = class()

--- A barrier of so many threads; 0: those that register.
function Allocator:barrier(seats, name)
    return setmetatable({id = ask(self, "barrier_create", name, seats or 0), _allocator = self}, Barrier)
end

function Barrier:register() ask(self._allocator, "barrier_register", self.id) end
function Barrier:unregister() ask(self._allocator, "barrier_unregister", self.id) end
--- Arrives without waiting; the generation, for wait_for().
function Barrier:signal() return ask(self._allocator, "barrier_signal", self.id) end
function Barrier:wait(seconds) ask(self._allocator, "barrier_wait_timed", self.id, nanoseconds(seconds)) end
function Barrier:wait_for(generation, seconds)
    ask(self._allocator, "barrier_wait_for", self.id, generation, nanoseconds(seconds))
end
function Barrier:generation() return tell(self._allocator, "barrier_generation", self.id) end
function Barrier:stats() return ask(self._allocator, "barrier_get_stats", self.id) end
function Barrier:destroy() ask(self._allocator, "barrier_destroy", self.id) end

local Transfer = class()

-- It goes with its frame, and with a part of that: only the library knows.
local function new_transfer(self, id, kind, memory, size)
    local scope, life = new_scope(self, "transfer"), self._life
    function scope.still()
        local state = raw.fa_transfer_state(life.pointer, id)
        return state == constants.FA_TRANSFER_OWNED or state == constants.FA_TRANSFER_RECEIVED
    end
    local shown = view(kind, memory, floor(size / kind.size), scope)
    return setmetatable({id = id, memory = shown, _allocator = self, _scope = scope, _kind = kind}, Transfer)
end

--- Memory that is handed to another thread without a copy: so many elements, or a copy of a view or a table.
function Allocator:transfer(kind, count)
    local wanted, id = kind_of(kind), core.buffer(8)
    if type(count) ~= "number" then
        local made = self:transfer(kind, is_view(count) and count:len() or #count)
        made.memory:copy(count)
        return made
    end
    local size = count_of(count, wanted) * wanted.size
    local memory = need(self._life, raw.fa_transfer_alloc(self:pointer(), size, ALIGN, id))
    return new_transfer(self, kinds.u64.get(id, 0), wanted, memory, size)
end

--- The next transfer that was sent to anybody or to this lane, or the one of an id; nil if there is none.
function Allocator:receive(kind, id)
    local wanted, size = kind_of(kind or "u8"), core.buffer(8)
    if not id then
        local status
        status, id = calls.fa_transfer_next(self:pointer())
        if status == constants.FA_ERROR_NOT_FOUND then
            return nil
        end
        check(self._life, status)
    end
    local memory = need(self._life, raw.fa_transfer_receive(self:pointer(), id, size))
    return new_transfer(self, id, wanted, memory, kinds.size.get(size, 0))
end

function Allocator:transfer_stats() return ask(self, "transfer_get_stats") end

--- Sends it to whoever receives first, or to a lane. Its id is what the receiver may ask for.
function Transfer:send(lane)
    span(self.memory)
    if lane then
        ask(self._allocator, "transfer_send_to", self.id, lane._lane)
    else
        ask(self._allocator, "transfer_send", self.id)
    end
    self._scope.closed = true
    return self.id
end

--- Makes a block of its own of it.
function Transfer:take()
    span(self.memory)
    local allocator, count = self._allocator, self.memory:len()
    local memory = need(allocator._life, raw.fa_transfer_take(allocator:pointer(), self.id))
    self._scope.closed = true
    return allocator:_own(self._kind, memory, count)
end

function Transfer:drop()
    ask(self._allocator, "transfer_drop", self.id)
    self._scope.closed = true
end

function Transfer:state() return tell(self._allocator, "transfer_state", self.id) end
function Transfer:info() return ask(self._allocator, "transfer_get_info", self.id) end

--- When blocks freed by other threads are taken back: mode, per_allocation, capacity, full_policy, warning_threshold.
function Allocator:configure_deferred(given) ask(self, "deferred_configure", settings(given)) end
function Allocator:deferred_config() return ask(self, "deferred_get_config") end
function Allocator:process_deferred(most) return ask(self, "deferred_process", most or huge) end
function Allocator:deferred_stats() return ask(self, "deferred_get_stats") end

-- Watching: snapshots, history, debug mode, behaviour filter, traces, engines

--- Snapshots at frame ends: folder, name, automatic, interval_ms, kept, request_file.
function Allocator:configure_snapshots(given) ask(self, "snapshot_configure", given and settings(given)) end
function Allocator:request_snapshot() ask(self, "snapshot_request") end
function Allocator:snapshot_stats() return ask(self, "snapshot_get_stats") end

-- Calls that write a text and say through the last pointer how long it is.
local function sized_text(self, name, ...)
    local arguments, count = {...}, select("#", ...)
    return text_of(function(buffer, size)
        arguments[count + 1], arguments[count + 2] = buffer, size
        local status, needed = tell(self, name, unpack(arguments, 1, count + 2))
        if status ~= constants.FA_ERROR_FULL then
            check(self._life, status)
        end
        return needed
    end)
end

--- A snapshot as JSON, now.
function Allocator:snapshot() return sized_text(self, "snapshot_write") end

function Allocator:start_history(given) ask(self, "history_start", settings(given)) end
function Allocator:stop_history() ask(self, "history_stop") end
--- Samples after a serial number, oldest first.
function Allocator:history(after_serial, most)
    local _, _, list = ask(self, "history_read", after_serial or 0, most or 256)
    return list
end
--- A curve ("total", "frame-time") ready to draw: its figures, and points.
function Allocator:graph(given)
    return ask(self, "history_graph", settings(given), nil, given.samples or 256)
end
--- The serial number of the newest sample.
function Allocator:newest_sample() return tell(self, "history_newest") end
function Allocator:performance(frames) return ask(self, "history_performance", frames or 0, 0) end

--- What debug mode does: flags is a sum of fa.constants.FA_DEBUG_*.
function Allocator:configure_debug(given) ask(self, "debug_configure", settings(given)) end
function Allocator:debug_stats() return ask(self, "debug_get_stats") end
function Allocator:debug_options() return ask(self, "debug_get_options") end
--- Looks at every guard now; how many damaged blocks there are.
function Allocator:debug_check() return ask(self, "debug_check") end
--- What is known of the block at an address.
function Allocator:debug_find(pointer) return ask(self, "debug_find", pointer) end
function Allocator:leaks(seconds, frames)
    return list_of(self, "debug_leaks", nanoseconds(seconds or 0), frames or 0)
end
--- Reports what is in use for longer than so many seconds and frames (FA510); how much was found.
function Allocator:report_old(seconds, frames)
    return ask(self, "debug_report_old", nanoseconds(seconds or 0), frames or 0)
end
function Allocator:hot_sites() return list_of(self, "debug_hot_sites") end
function Allocator:debug_report()
    return text_of(function(buffer, size) return tell(self, "debug_report", buffer, size) end)
end
function Allocator:debug_site(site)
    return text_of(function(buffer, size) return tell(self, "debug_site_text", site, buffer, size) end)
end

--- Watches how memory is used: "default", "strict", "relaxed", or the fields of fa_filter_config.
function Allocator:enable_filter(given)
    if type(given) == "string" then
        local status, values = calls.fa_filter_preset(nil, choice("FA_FILTER_", given))
        check(self._life, status)
        given = values
    end
    ask(self, "filter_enable", given and settings(given))
end
function Allocator:disable_filter() ask(self, "filter_disable") end
function Allocator:reset_filter() ask(self, "filter_reset") end
function Allocator:filter_issues() return list_of(self, "filter_report") end
--- The report as "text" or "json".
function Allocator:filter_report(format)
    return sized_text(self, "filter_format", choice("FA_FILTER_", format or "text"))
end

function Allocator:start_trace(path, given) ask(self, "trace_start", path, settings(given)) end
function Allocator:flush_trace() ask(self, "trace_flush") end
function Allocator:stop_trace() ask(self, "trace_stop") end
function Allocator:trace_stats() return ask(self, "trace_get_stats") end

function Allocator:attach_engine(name) ask(self, "engine_attach", name) end
function Allocator:detach_engine() ask(self, "engine_detach") end
function Allocator:pre_frame() ask(self, "engine_pre_frame") end
function Allocator:post_frame() ask(self, "engine_post_frame") end
function Allocator:tick() ask(self, "engine_tick") end
function Allocator:engine_info() return ask(self, "engine_get_info") end

-- The library has to be at least as new as the description that this module was made from.
if raw.fa_version_check(constants.FA_VERSION) ~= 0 then
    error(("framealloc %s is too old for this module (%s)"):format(raw.fa_version_string(), abi.version))
end

return fa
