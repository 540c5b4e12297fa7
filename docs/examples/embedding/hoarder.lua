-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A script with a leak: it remembers everything that it has ever seen.
local seen = {}

return function(frame)
    for i = 1, 200 do
        seen[#seen + 1] = {frame = frame, what = "enemy " .. frame .. ":" .. i}
    end
end
