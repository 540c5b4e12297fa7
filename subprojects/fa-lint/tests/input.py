#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""input.py FA-LINT INCLUDE: compilation databases and sources as they are met, and as they should not be."""

import json

import tap
from project import CLEAN, FOUND, INCLUDE, MISTAKES, Folder, found, project, refused, same


def check_two_units():
    first = "#include <framealloc/framealloc.h>\nint *make(fa_allocator *a) { return fa_frame_new(a, int, 4); }\n"
    second = """#include <framealloc/framealloc.h>
int *make(fa_allocator *a);
int use(fa_allocator *a)
{
    if (fa_frame_begin(a) != FA_OK)
        return 0;
    int *values = make(a);
    fa_frame_end(a);
    return values != NULL ? values[0] : 0;
}
"""
    with Folder(first__c=first, second__c=second) as folder:
        folder.database("first.c", "second.c")
        same(found(folder.lint("--no-cache", "--format=json")), [("FA601", 9)])
        folder.database("second.c")
        same(found(folder.lint("--no-cache", "--format=json")), [])


def check_bad_database():
    with Folder(main__c=CLEAN) as folder:
        refused(folder.lint("-p", "nowhere"), "nowhere")
        for text, part in [("", "compile_commands.json"), ("{}", "not a list"), ("[{}]", "entry 1"),
                           ("[1,\n2", "compile_commands.json:2"),
                           ('[{"directory":"/","file":"x.c"}]', "entry 1"), ("[]", "no C or C++ files")]:
            folder.write("compile_commands.json", text)
            refused(folder.lint("--no-cache"), part)


def needs(define, value="1"):
    """Compiles only if the option has arrived."""
    return MISTAKES.replace("static int *kept;", f"static int *kept;\n_Static_assert({define} == {value}, \"\");").replace("\n_Static", " _Static")


def entry(folder, **fields):
    folder.write("compile_commands.json", json.dumps([{"directory": str(folder.path), "file": "main.c", **fields}]))
    return folder.lint("--no-cache", "--format=json")


def check_commands():
    """Both forms of a command, and how words are told apart."""
    quoted = MISTAKES.replace("static int *kept;", "static int *kept; static const char text[] = TEXT; _Static_assert(sizeof text == 6, \"\");")
    with Folder(main__c=quoted) as folder:
        for command in (f"cc -I '{INCLUDE}' '-DTEXT=\"a b$c\"' -c main.c", f'cc -I{INCLUDE} -DTEXT=\\"a\\ b\\$c\\" -c main.c',
                        f'cc "-I{INCLUDE}" "-DTEXT=\\"a b\\$c\\"" -c main.c', f"ccache cc -I{INCLUDE}\t-DTEXT='\"'$HOM*'\"' -o -c main.c",
                        f"cc -I{INCLUDE} -D TEXT='\"`(x)`\"' -MF -Ibad -c main.c"):
            same(found(entry(folder, command=command)), FOUND)
        same(found(entry(folder, arguments=["cc", "-I", INCLUDE, '-DTEXT="a b*c"', "-c", "main.c"])), FOUND)
        same(found(entry(folder, file=str(folder.path / "main.c"), command=f"cc -I{INCLUDE} -DTEXT='\"12345\"'")), FOUND)


def check_paths():
    """Relative options are relative to the directory of the entry; names may hold anything."""
    with Folder() as folder:
        inner = folder.path / "a b"
        (inner / "in c").mkdir(parents=True)
        (inner / "in c/need.h").write_text("#define NEED 1\n")
        (inner / "it's \"\u00e4\".c").write_text(MISTAKES.replace("static int", '#include "need.h"\n_Static_assert(NEED, "");\nstatic int'))
        command = [{"directory": str(inner), "file": "it's \"\u00e4\".c", "arguments": ["cc", "-I", INCLUDE, "-Iin c", "-c", "x"]}]
        folder.write("compile_commands.json", json.dumps(command))
        same([line for _, line in found(folder.lint("--no-cache", "--format=json"))], [11, 15, 20])
        (inner / "main.c").write_text(MISTAKES)
        command[0] |= {"file": "main.c", "arguments": ["cc", "-I", INCLUDE, "-include", "in c/need.h", "-DX"]}
        folder.write("compile_commands.json", json.dumps(command))
        same(found(folder.lint("--no-cache", "--format=json")), FOUND)


def check_responses():
    with Folder(main__c=needs("DEEP", "5"), outer__rsp="@inner.rsp -DOTHER='a b'\n@gone.rsp") as folder:
        folder.write("inner.rsp", f"-I{INCLUDE}\n  -DDEEP=5\n")
        same(found(entry(folder, arguments=["cc", "@outer.rsp", "-c", "main.c"])), FOUND)
        same(found(entry(folder, command="cc @outer.rsp -c main.c")), FOUND)
        folder.write("inner.rsp", f"-I{INCLUDE} -DDEEP=5" + " @inner.rsp" * 10)
        same(found(entry(folder, command="cc @outer.rsp -c main.c")), FOUND)


def check_compilers_options():
    with Folder(main__c=needs("PRE"), pre__h="#define PRE 1\n") as folder:
        for words in (["-include", "pre.h"], ["-Xclang", "-include-pch", "-Xclang", "gone.pch", "-Xclang", "-include", "-Xclang", "pre.h"],
                      ["-DPRE", "-std=gnu23", "-march=none", "-fno-such-thing", "-Wno-such-thing", "-MT", "-DPRE=2", "-Xlinker", "-DPRE=3"],
                      ["-imacros", "pre.h", "--sysroot", "/", "-UOTHER"]):
            same(found(entry(folder, arguments=["cc", "-I", INCLUDE, *words, "-c", "main.c"])), FOUND)


def check_other_languages():
    with project() as folder:
        entries = json.loads((folder.path / "compile_commands.json").read_text())
        for name in ("start.S", "view.m", "kernel.cu", "lib.rs", "data.rc", "main.c"):
            (folder.path / name).exists() or folder.write(name, "no C at all")
            entries.append({"directory": str(folder.path), "file": name, "command": f"cc -c {name}"})
        folder.write("compile_commands.json", json.dumps(entries))
        done = folder.lint("--no-cache", "--format=json")
        same((found(done), done.stderr), (FOUND, ""))


def check_headers():
    """The findings of a header are found with the files that include it."""
    header = "static inline void twice(fa_allocator *a, void *p)\n{\n    fa_release(a, p);\n    fa_release(a, p);\n}\n"
    with Folder(main__c='#include <framealloc/framealloc.h>\n#include "sub/../twice.h"\nvoid go(fa_allocator *a) { twice(a, fa_pool_alloc(a, 8, 8)); }\n',
                twice__h=header, lone__h="") as folder:
        (folder.path / "sub").mkdir()
        folder.database("main.c")
        done = folder.lint("--no-cache", "--format=json", "show", "twice.h")
        same([(each["file"], each["line"]) for each in json.loads(done.stdout)["findings"]], [("twice.h", 4)])
        refused(folder.lint("--no-cache", "show", "lone.h"), "lone.h: is part of no file")


def check_bad_source():
    with Folder(main__c="#include <framealloc/framealloc.h>\nint main(void) { return x; }\n", clean__c=CLEAN) as folder:
        folder.database("main.c", "clean.c", "gone.c")
        done = folder.lint("--no-cache")
        refused(done, "main.c is left out")
        refused(done, "gone.c is left out")
        tap.expect("no findings" in done.stdout, "the rest is not looked at")
        same(folder.lint("--no-cache", "--exclude", "main.c", "--exclude", "gone.c").returncode, 0)


def check_unreadable():
    with project() as folder:
        (folder.path / "dir.c").mkdir()
        (folder.path / "nul.c").write_bytes(b"int x;\0\0 int y;\n")
        (folder.path / "latin.c").write_bytes(b"/* caf\xe9 */ const char *s = \"\xff\xfe\";\n")
        folder.write("long.c", "int x = " + "1 + " * 300000 + "1;\n")
        for name in ("dir.c", "nul.c", "latin.c", "long.c"):
            folder.database("main.c", name)
            done = folder.lint("--no-cache", "--format=json")
            same(found(done), FOUND)
            tap.expect(done.returncode == 1 or (done.returncode == 2 and f"{name} is left out" in done.stderr), done.stderr)


def check_strange_files():
    head = "#include <framealloc/framealloc.h>\n"
    take, give = "void *p = fa_pool_alloc(a, 8, 8);", "fa_release(a, p);"
    deep = head + "int deep(fa_allocator *a, int n) {\n" + "if (n > 0) {\n" * 200 + take + give + "}\n" * 200 + "return n; }\n"
    wide = head + "".join(f"int wide{i}(fa_allocator *a, int n) {{ {take} int q = p != NULL && n > {i}; {give} return q; }}\n"
                          for i in range(4000))
    branches = head + "int many(fa_allocator *a, const int *n) {\nint s = 0;\n" + take
    branches += "".join(f"if (n[{i}] > {i}) s += n[{i}];\n" for i in range(600)) + give + "return s; }\n"
    cyclic = head + '#include "cyclic.h"\n'
    names = ["deep.c", "wide.c", "branches.c", "cyclic.c", "empty.c"]
    with Folder(deep__c=deep, wide__c=wide, branches__c=branches, cyclic__c=cyclic, empty__c="") as folder:
        guard = '#ifndef CYCLIC_H\n#define CYCLIC_H\n#include "cyclic.c"\nint cyclic(void);\n#endif\n'
        folder.write("cyclic.h", guard)
        folder.database(*names)
        same(found(folder.lint("--no-cache", "--format=json")), [])
        folder.write("self.c", '#include "self.c"\n')
        folder.database("self.c")
        refused(folder.lint("--no-cache"), "self.c is left out")


if __name__ == "__main__":
    tap.main([
        ("two translation units", check_two_units),
        ("commands", check_commands),
        ("paths", check_paths),
        ("response files", check_responses),
        ("options of compilers", check_compilers_options),
        ("other languages", check_other_languages),
        ("headers", check_headers),
        ("bad database", check_bad_database),
        ("sources that do not compile", check_bad_source),
        ("unreadable sources", check_unreadable),
        ("strange files", check_strange_files),
    ])
