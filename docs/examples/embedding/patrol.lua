-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A script that stays within its budget, and copes when something does not fit into it.
local route = {}
for i = 1, 100 do
    route[i] = {x = i, y = i % 10}
end

local map

return function(frame)
    trail(64)
    local at = route[frame % #route + 1]
    at.note = ("at %d, %d in frame %d"):format(at.x, at.y, frame)
    if frame == 10 then
        local fits, problem = pcall(string.rep, ".", 4 * 1024 * 1024)
        map = fits and problem or ("."):rep(1024)
        print("patrol: a large map: " .. tostring(fits and "fits" or problem) .. "; a small one has " .. #map)
    end
end
