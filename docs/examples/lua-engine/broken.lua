-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A script with a mistake: it keeps sparks from one frame to the next. The engine reports it and goes on to close.
local fa = require "framealloc"

local alloc = fa.borrow(engine_allocator)
local kept

function update()
    kept = kept or alloc:running_frame():zeros("float", 30)
    kept[1] = kept[1] + 1
    return kept:pointer(), 10
end
