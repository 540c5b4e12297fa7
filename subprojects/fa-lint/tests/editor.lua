-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Run by Neovim: opens a file with fa-lint as its language server, and writes what the editor shows to a file.
local fa_lint, file, report = os.getenv("FA_LINT"), os.getenv("FA_FILE"), os.getenv("FA_REPORT")

local function wait_for(what, holds)
    if not vim.wait(20000, holds, 50) then
        error("never came: " .. what)
    end
end

local function diagnostics()
    local list = {}
    for _, each in ipairs(vim.diagnostic.get(0)) do
        table.insert(list, {line = each.lnum + 1, code = each.code, text = each.message, severity = each.severity})
    end
    return list
end

-- What is drawn beside the line, as the user sees it.
local function shown()
    local list = {}
    for _, namespace in pairs(vim.diagnostic.get_namespaces()) do
        local space = namespace.user_data.virt_text_ns or -1
        for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, {details = true})) do
            for _, piece in ipairs(mark[4].virt_text or {}) do
                table.insert(list, {line = mark[2] + 1, text = piece[1]})
            end
        end
    end
    return list
end

local function request(method, params)
    local answers = vim.lsp.buf_request_sync(0, method, params, 10000)
    for _, answer in pairs(answers or {}) do
        return answer.result
    end
end

local function run()
    local result = {}
    vim.cmd("edit " .. file)
    vim.diagnostic.config({virtual_text = true})
    local client = vim.lsp.start_client({name = "fa-lint", cmd = {fa_lint, "lsp", "--no-cache"}, root_dir = vim.fn.fnamemodify(file, ":h")})
    vim.lsp.buf_attach_client(0, client)
    wait_for("findings", function() return #vim.diagnostic.get(0) > 0 end)
    wait_for("text beside the line", function() return #shown() > 0 end)
    result.opened, result.shown = diagnostics(), shown()
    local line = result.opened[1].line - 1
    vim.api.nvim_win_set_cursor(0, {line + 1, 6})
    result.hover = request("textDocument/hover", vim.lsp.util.make_position_params())
    local params = vim.lsp.util.make_range_params()
    params.context = {diagnostics = {}}
    result.actions = request("textDocument/codeAction", params)
    for _, action in ipairs(result.actions) do
        if action.title:match("^remove") then
            vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
        end
    end
    wait_for("no findings after the quick fix", function() return #vim.diagnostic.get(0) == 0 end)
    result.mended = vim.api.nvim_buf_get_lines(0, 0, -1, false)
    vim.api.nvim_buf_set_lines(0, -1, -1, false, {"int broken("})
    wait_for("the message of a file that does not compile", function() return #vim.diagnostic.get(0) == 1 end)
    result.broken = diagnostics()
    vim.lsp.stop_client(client)
    return result
end

local fine, result = pcall(run)
local out = io.open(report, "w")
out:write(vim.json.encode(fine and result or {error = tostring(result)}))
out:close()
vim.cmd("qall!")
