#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""csharp_native.py LIBRARY CHECK [ASSEMBLY]: the low layer of the C# package: where the fields of structs lie, and that
all of C can be reached without it."""

import json
import re

from csharp import PACKAGE, ROOT, Failed, compiled, main, on_mono, run

# What C# has by other means: a plain call with another intent or alignment, a text or an array of its own, the parts of
# what is reached whole.
OTHERWISE = {
    "fa_alloc_array", "fa_frame_alloc_2", "fa_frame_alloc_4", "fa_frame_alloc_8", "fa_frame_alloc_array",
    "fa_frame_alloc_array_zeroed", "fa_frame_alloc_zeroed", "fa_frame_join", "fa_frame_strdup", "fa_frame_text",
    "fa_group_alloc_array", "fa_handle_defragment", "fa_heap_alloc", "fa_heap_alloc_array", "fa_heap_alloc_zeroed",
    "fa_object_pool_each", "fa_pool_alloc", "fa_pool_alloc_array", "fa_pool_alloc_zeroed",
    "fa_scratch_pool_alloc_array", "fa_tagged_alloc_array", "fa_tagged_init", "fa_text_key_set", "fa_vector_check",
    "fa_vector_find", "fa_vector_miss", "fa_vector_refuse", "fa_version"}
LAYOUTS = """
using System;
using Framealloc;

internal static unsafe class Layouts
{{
    private static int wrong, right;

    private static void Same(string what, long found, long expected)
    {{
        right += found == expected ? 1 : 0;
        if (found == expected)
            return;
        wrong++;
        Console.WriteLine($"{{what}} is {{found}} and not {{expected}}");
    }}

    private static int Main()
    {{
        {}
        Console.WriteLine($"{{right}} sizes and offsets");
        return wrong;
    }}
}}
"""


def layouts(library, room, assembly):
    """Structs lie in memory as the description says, which the compiler of C has proved."""
    described = json.loads((ROOT / "bindings/abi/framealloc.abi.json").read_text(encoding="utf-8"))["types"]
    lines = []
    for struct in (one for one in described if one["kind"] == "struct"):
        lines.append(f"{{ Native.{struct['name']} it; byte* start = (byte*)&it;")
        lines.append(f'Same("{struct["name"]}", sizeof(Native.{struct["name"]}), {struct["size"]});')
        for field in struct["fields"]:
            name = f"it.@{field['name']}"
            place = name if "count" in field else f"&{name}"
            lines.append(f'Same("{struct["name"]}.{field["name"]}", (byte*)({place}) - start, {field["offset"]});')
        lines.append("}")
    source = room / "Layouts.cs"
    source.write_text(LAYOUTS.format("\n".join(lines)), encoding="utf-8")
    print(run("mono", compiled(room, assembly, source), env=on_mono(library)))


def reach(*_):
    """Every function of C is called by C#, or named above."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in PACKAGE.glob("Framealloc/*.cs")}
    there = set(re.findall(r"extern [\w*]+ (fa_\w+)\(", sources.pop("Native.cs")))
    used = set(re.findall(r"Native\.(fa_\w+)", "".join(sources.values())))
    missing, unneeded = there - used - OTHERWISE, (OTHERWISE & used) | (OTHERWISE - there)
    if missing or unneeded:
        raise Failed(f"C# lacks {sorted(missing)}, and has {sorted(unneeded)} after all")
    print(f"{len(there)} functions")


if __name__ == "__main__":
    main(layouts, reach)
