-- SPDX-License-Identifier: MIT OR Apache-2.0
rockspec_format = "3.0"
package = "framealloc"
version = "1.0.0-1"
source = {url = "."}
description = {
    summary = "Frame, pool and heap memory for games and other frame loops",
    detailed = "The library libframealloc for Lua 5.1 to 5.4 and LuaJIT: memory that goes at the end of a frame.",
    license = "MIT OR Apache-2.0",
}
dependencies = {"lua >= 5.1, < 5.5"}
external_dependencies = {
    FRAMEALLOC = {header = "framealloc/framealloc.h", library = "framealloc"},
    FFI = {library = "ffi"}, -- its header may be where only the compiler looks; FFI_INCDIR names another place
}
build = {
    type = "builtin",
    modules = {
        framealloc = "framealloc.lua",
        ["framealloc.abi"] = "framealloc/abi.lua",
        ["framealloc.cdef"] = "framealloc/cdef.lua",
        ["framealloc.ffi"] = "framealloc/ffi.lua",
        ["framealloc.marshal"] = "framealloc/marshal.lua",
        ["framealloc.views"] = "framealloc/views.lua",
        ["framealloc.core"] = {
            sources = {"call.c", "callback.c", "core.c", "functions.c", "memory.c"},
            libraries = {"framealloc", "ffi", "pthread"},
            incdirs = {"$(FRAMEALLOC_INCDIR)", "$(FFI_INCDIR)"},
            libdirs = {"$(FRAMEALLOC_LIBDIR)"},
        },
    },
}
