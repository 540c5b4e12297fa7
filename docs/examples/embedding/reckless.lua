-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A script that asks for more of the frame than its budget holds.
return function(frame)
    trail(1000 * 4 ^ frame // 1)
end
