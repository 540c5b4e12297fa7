-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal

local function framed(fn)
    return function()
        local a = fa.new()
        a:frame(fn)
        a:close()
    end
end

test("every kind keeps its extremes", framed(function(frame)
    local extremes = {int8 = {-128, 127}, uint8 = {0, 255}, int16 = {-32768, 32767}, uint16 = {0, 65535},
                      int32 = {-2 ^ 31, 2 ^ 31 - 1}, uint32 = {0, 2 ^ 32 - 1}, int64 = {-2 ^ 53, 2 ^ 53},
                      uint64 = {0, 2 ^ 53}, float = {-0.5, 2 ^ 24}, double = {-1e300, 1e-300}}
    for kind, ends in pairs(extremes) do
        local v = frame:array(kind, 2)
        v:copy(ends)
        equal(v[1], ends[1])
        equal(v[2], ends[2])
        equal(v:table()[2], ends[2])
    end
end))

test("an id beyond 2^53 comes back as it was", framed(function(frame)
    local bytes = frame:bytes(8):copy "\1\2\3\4\5\6\7\8"
    local ids = bytes:as "u64"
    local id = ids[1]
    ids[1] = 0
    ids[1] = id
    equal(bytes:text(), "\1\2\3\4\5\6\7\8")
    ids[1] = math.huge
    equal(bytes:text(), ("\255"):rep(8))
    equal(ids[1], math.huge)
end))

test("bulk methods", framed(function(frame)
    local v = frame:zeros("int", 10)
    v:fill(3, 2, 4)
    check.same(v:table(), {0, 3, 3, 3, 0, 0, 0, 0, 0, 0})
    v:copy({7, 8}, 9)
    check.same(v:table(8), {0, 7, 8})
    local w = frame:array("int", 3):copy(v:sub(8, 10))
    check.same(w:table(), {0, 7, 8})
    v:copy(v:sub(1, 9), 2)
    check.same(v:table(1, 5), {0, 0, 3, 3, 3})
    equal(v:len(), 10)
    equal(v:bytes(), 40)
    equal(v:clear()[4], 0)
    v:set(1, 12)
    equal(v:get(1), 12)
    equal(v[0], nil)
    equal(v[11], nil)
end))

test("texts and other kinds of the same bytes", framed(function(frame)
    local v = frame:text "\0framealloc\255"
    equal(v:text(), "\0framealloc\255")
    equal(v:text(2, 6), "frame")
    equal(frame:text(""):len(), 0)
    equal(frame:copy("u16", {0x4241}):as("u8"):text(), "AB")
end))

test("bounds and kinds are checked", framed(function(frame)
    local v = frame:array("int", 4)
    check.raises("invalid-argument", function() v[5] = 1 end)
    check.raises("invalid-argument", function() v[0] = 1 end)
    check.raises("invalid-argument", function() v[1.5] = 1 end)
    check.raises("invalid-argument", function() v.x = 1 end)
    check.raises("invalid-argument", v.fill, v, 0, 1, 5)
    check.raises("invalid-argument", v.copy, v, {1, 2, 3, 4, 5})
    check.raises("invalid-argument", v.copy, v, "12345678901234567")
    check.raises("invalid-argument", v.copy, v, frame:array("float", 1))
    check.raises("invalid-argument", v.sub, v, 0, 2)
    check.raises("invalid-argument", frame.array, frame, "quux", 1)
    for _, count in ipairs {-1, 0.5, 2 ^ 60, 0 / 0, "many"} do
        check.raises("size", frame.array, frame, "int", count)
    end
    check.raises("alignment", frame.array, frame, "int", 1, 3)
    check.raises("unsupported", v.release, v)
end))

test("records are laid out as C does", framed(function(frame)
    local unit = fa.struct({{"kind", "u8"}, {"x", "double"}, {"health", "int16"}}, "unit")
    equal(unit.size, 24)
    local v = frame:zeros(unit, 3)
    v[2].x = 2.5
    v[2].health = -7
    equal(v[2].x, 2.5)
    equal(v:as("u8")[24 + 17], 256 - 7)
    v[3] = {kind = 9}
    equal(v[3].kind, 9)
    equal(v:table()[2].health, -7)
    equal(v[1].nothing, nil)
    check.raises("invalid-argument", function() v[1].nothing = 1 end)
    local pair = fa.struct {{"a", "int"}, {"u", unit}}
    equal(pair.size, 32)
end))

test("sizes as texts", function()
    equal(fa.size "64 KiB", 65536)
    equal(fa.size "1.5 GB", 1.5e9)
    equal(fa.size(12), 12)
    for _, wrong in ipairs {"", "many", "12 parsecs", "-3"} do
        check.raises("size", fa.size, wrong)
    end
    check.raises("size", fa.size, -1)
end)

test("a pointer is the memory itself", framed(function(frame)
    local v = frame:array("int", 2)
    v[1] = 5
    if fa.core == "ffi" then
        local p = v:pointer "int *"
        p[1] = p[0] * 2
        equal(v[2], 10)
    else
        equal(type(v:pointer()), "userdata")
    end
end))
