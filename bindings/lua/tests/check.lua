-- SPDX-License-Identifier: MIT OR Apache-2.0
-- What the tests share: a list of named tests, and expectations that say what they got.
local check = {tests = {}}

function check.test(name, fn)
    check.tests[#check.tests + 1] = {name = name, fn = fn}
end

function check.equal(got, expected)
    if got ~= expected then
        error(("got %s, expected %s"):format(tostring(got), tostring(expected)), 2)
    end
end

function check.same(list, expected)
    for index = 1, math.max(#list, #expected) do
        if list[index] ~= expected[index] then
            error(("at %d: got %s, expected %s"):format(index, tostring(list[index]), tostring(expected[index])), 2)
        end
    end
end

-- The error of the library that a function raises, which has this name.
function check.raises(name, fn, ...)
    local ok, problem = pcall(fn, ...)
    if ok then
        error("no error was raised, expected " .. name, 2)
    end
    if type(problem) ~= "table" or problem.name ~= name then
        error(("raised %s, expected %s"):format(tostring(problem), name), 2)
    end
    return problem
end

--- Runs all tests, in TAP; how many failed.
function check.run()
    local failed = 0
    print("1.." .. #check.tests)
    for number, one in ipairs(check.tests) do
        local ok, problem = xpcall(one.fn, function(value)
            return type(value) == "table" and tostring(value) or debug.traceback(value, 2)
        end)
        print(("%sok %d - %s"):format(ok and "" or "not ", number, one.name))
        if not ok then
            failed = failed + 1
            print("# " .. tostring(problem):gsub("\n", "\n# "))
        end
    end
    return failed
end

return check
