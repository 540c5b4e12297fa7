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

test("an index is a whole number, or it is none", framed(function(frame)
    local v, s = frame:copy("int", {1, 2, 3}), frame:zeros(fa.struct {{"x", "int"}}, 3)
    for _, index in ipairs {1.5, 0 / 0, -1, 3.5, math.huge, -math.huge} do
        equal(v[index], nil)
        equal(s[index], nil)
        equal(pcall(v.set, v, index, 1), false)
        equal(pcall(function() v[index] = 1 end), false)
        equal(pcall(function() s[index] = {x = 1} end), false)
        check.raises("invalid-argument", v.sub, v, index)
        check.raises("invalid-argument", v.fill, v, 0, 1, index)
    end
    check.same(v:table(), {1, 2, 3})
    for _, count in ipairs {-1, 0.5, 0 / 0, "many"} do
        check.raises("size", frame.batch, frame, count, "int", 1)
        check.raises("size", frame.batch, frame, 1, "int", count)
        check.raises("size", frame.soa, frame, count, {x = "int"})
        check.raises("size", frame.vector, frame, "int", count)
        check.raises("size", frame.map, frame, "int", count)
    end
    local vector = frame:vector("int", 2)
    vector:push(1)
    check.raises("invalid-argument", vector.remove, vector, 0)
    check.raises("invalid-argument", vector.insert, vector, 0 / 0, 1)
end))

test("numbers just beyond 2^53 are not rounded", framed(function(frame)
    for kind, text in pairs {i64 = "\1\0\0\0\0\0\32\0", u64 = "\1\0\0\0\0\0\32\0", int64 = "\1\0\0\0\0\0\0\128"} do
        local bytes = frame:bytes(8):copy(text)
        local list = bytes:as(kind)
        local one, all = list[1], list:table()
        bytes:clear()
        list[1] = one
        equal(bytes:text(), text)
        bytes:clear()
        list:copy(all)
        equal(bytes:text(), text)
    end
end))

test("fractions are cut off, in every Lua", framed(function(frame)
    local v = frame:zeros("int", 3)
    v[1], v[2] = 3.75, -3.75
    v:fill(7.5, 3)
    check.same(v:table(), {3, -3, 7})
    check.same(v:copy({1.5, 2.5, 3.5}):table(), {1, 2, 3})
    check.same(frame:copy("u8", {255.9, 1}):table(), {255, 1})
end))

test("a text is no memory to keep", framed(function(frame)
    equal(pcall(function() frame:zeros("pointer", 1)[1] = "a text" end), false)
end))

test("a field of a struct in a struct is written where it is", framed(function(frame)
    local point = fa.struct {{"x", "int"}, {"y", "int"}}
    local v = frame:zeros(fa.struct {{"from", point}, {"to", point}}, 2)
    v[2].to.y = 5
    equal(v[2].to.y, 5)
    equal(v:as("int")[8], 5)
    equal(v[2].from.y, 0)
    v[1].from = {x = 3}
    equal(v[1].from.x, 3)
end))

test("fields may have any name", framed(function(frame)
    local odd = fa.struct {{"_p", "int"}, {"_kind", "int"}, {"_scope", "int"}, {"id", "int"}, {"give", "int"}}
    local one = frame:zeros(odd, 1)[1]
    for _, name in ipairs {"_p", "_kind", "_scope", "id", "give"} do
        one[name] = 7
        equal(one[name], 7)
    end
end))

test("loops over views that are compiled see the end of the frame, of a part, of the allocator", function()
    local a = fa.new()
    local function sum(v)
        local total = 0
        for _ = 1, 200 do
            for index = 1, 4 do
                total = total + v[index]
                v[index] = 1
            end
        end
        return total
    end
    local frame = a:begin_frame()
    for _, kind in ipairs {"float", "int", "double", "u8", "i64"} do
        local whole, part = frame:zeros(kind, 4), nil
        equal(sum(whole), 4 * 199)
        frame:scope(function()
            part = frame:zeros(kind, 4)
            equal(sum(part), 4 * 199)
        end)
        check.raises("stale", sum, part)
        frame:scope(function() frame:zeros(kind, 4) end)
        check.raises("stale", sum, part)
        equal(sum(whole), 4 * 200)
    end
    local v, w = frame:zeros("float", 4), nil
    check.raises("stale", function()
        for index = 1, 300 do
            v[1] = v[1] + 1
            if index == 250 then
                fa.calls.fa_frame_end(a:pointer())
            end
        end
    end)
    frame = a:begin_frame()
    w = frame:attempt(function() return frame:zeros("float", 4) end)
    equal(sum(w), 4 * 199)
    a:close()
    check.raises("invalid-allocator", sum, w)
end)

test("parts that are kept go with what is around them, whoever takes their place", function()
    local a, kept = fa.new(), {}
    for round = 1, 3 do
        a:frame(function(frame)
            frame:scope(function()
                kept[1] = frame:attempt(function()
                    return frame:attempt(function() return frame:zeros("int", 1) end)
                end)
                equal(kept[1][1], 0)
            end)
            equal(kept[1]:valid(), false)
            frame:attempt(function() kept[2] = frame:zeros("int", 1) end)
            kept[2][1] = round
        end)
        equal(kept[2]:valid(), false)
        a:frame(function(frame)
            for _ = 1, 5 do
                frame:attempt(function() frame:zeros("int", 1) end)
            end
            equal(kept[1]:valid() or kept[2]:valid(), false)
        end)
    end
end)
