-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Runs every test, on whatever interpreter this is. An argument names one file alone.
local check = require "check"
io.stdout:setvbuf "line"
local topics = {"frames", "views", "blocks", "stores", "accounts", "threads", "watching", "misuse"}

for _, topic in ipairs(topics) do
    if not arg[1] or arg[1] == topic then
        require("test_" .. topic)
    end
end
print("# " .. (rawget(_G, "jit") and jit.version or _VERSION) .. ", core: " .. require "framealloc".core)
os.exit(check.run() == 0 and 0 or 1, true)
