-- SPDX-License-Identifier: MIT OR Apache-2.0
local check, fa = require "check", require "framealloc"
local test, equal = check.test, check.equal

test("tags are charged for what is taken under them", function()
    local a = fa.new()
    a:frame(function(frame)
        local answer = a:tag("ai", function()
            equal(a:current_tag(), "ai")
            return a:tag("ai::paths"):run(function() return frame:bytes(1000) and a:current_tag() end)
        end)
        equal(answer:match "paths$", "paths")
        equal(a:current_tag(), nil)
        equal(a:tag("ai::paths"):stats().level, 2)
        equal(pcall(a.tag, a, "ai", error, "no"), false)
        equal(a:current_tag(), nil)
    end)
    local total = 0
    for _, path in ipairs(a:tags()) do
        total = total + a:tag(path):stats().frame_total_bytes
    end
    equal(total, 1008)
end)

test("phases", function()
    local a = fa.new()
    a:frame(function(frame)
        a:phase("broad", function()
            frame:bytes(100)
            a:phase("narrow", function() frame:bytes(200) end)
        end)
        equal(#a:phases(true), 2)
    end)
    local phases = a:phases()
    equal(phases[1].name, "broad")
    equal(phases[2].count, 1)
    equal(phases[2].level, phases[1].level + 1)
end)

test("a budget refuses, and says what happened", function()
    local a, told = fa.new(), {}
    a:set_budget {hard = "64 KiB", soft = "32 KiB", tag = "net"}
    a:on_budget(function(event) told[#told + 1] = event.kind end)
    a:frame(function(frame)
        a:tag("net", function()
            local problem = check.raises("budget", function()
                for _ = 1, 100 do
                    frame:bytes(1500)
                end
            end)
            equal(problem.code, "FA302")
            equal(problem.note:find "net" ~= nil, true)
        end)
        equal(a:tag("net"):budget().hard_hits, 1)
        equal(a:tag("net"):remaining() < 1500, true)
    end)
    equal(told[#told], fa.constants.FA_BUDGET_EVENT_HARD)
    equal(#a:budget_events() >= #told, true)
    a:on_budget(nil)
    equal(a:budget().hard_limit, 0)
    equal(a:remaining(), math.huge)
end)

test("a function decides", function()
    local a, asked = fa.new(), 0
    a:set_budget {hard = "4 KiB", tag = "ai", decide = function(event)
        asked = asked + 1
        return event.requested > 5000 and "fail" or "allow"
    end}
    a:frame(function(frame)
        a:tag("ai", function()
            frame:bytes(4096)
            frame:bytes(100)
            check.raises("budget", frame.bytes, frame, 6000)
        end)
    end)
    equal(asked, 2)
end)

test("an error in a decision refuses, and is raised", function()
    local a = fa.new()
    a:set_budget {hard = 1000, tag = "ai", decide = function() error("undecided", 0) end}
    local ok, problem = pcall(a.frame, a, function(frame)
        a:tag("ai", function() frame:bytes(2000) end)
    end)
    equal(ok, false)
    equal(problem, "undecided")
end)

test("lane budgets", function()
    local a = fa.new()
    a:set_budget {hard = "16 KiB", intent = "frame"}
    equal(a:budget("frame").hard_limit, 16384)
    a:frame(function(frame)
        equal(check.raises("frame-cap", frame.bytes, frame, "32 KiB").code, "FA003")
    end)
end)

test("tags and phases are found", function()
    local a = fa.new()
    equal(a:find_tag "ai", nil)
    local tag = a:tag "ai"
    equal(a:find_tag("ai").id, tag.id)
    equal(tag:nested("paths"):stats().level, 2)
    a:frame(function()
        a:tag("ai", function() equal(a:tag_depth(), 1) end)
        a:phase("broad", function() equal(a:phase_depth(), 1) end)
    end)
    equal(a:find_phase("broad").name, "broad")
    equal(a:find_phase("narrow"), nil)
end)
