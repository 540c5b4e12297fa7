# SPDX-License-Identifier: MIT OR Apache-2.0
"""Small projects with known mistakes, each in a folder of its own."""

import json
import os
import pathlib
import shutil
import sys
import tempfile

import tap

FA_LINT, INCLUDE = (os.path.abspath(name) for name in sys.argv[1:3])

MISTAKES = """#include <framealloc/framealloc.h>
static int *kept;

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    for (int i = 0; i < 3; i++) {
        fa_frame_begin(a);
        kept = fa_frame_new(a, int, 4);
        fa_frame_end(a);
    }
    for (int i = 0; i < 5000; i++) {
        void *block = fa_pool_alloc(a, 16, 16);
        fa_release(a, block);
    }
    void *block = fa_pool_alloc(a, 16, 16);
    fa_release(a, block);
    fa_release(a, block);
    fa_allocator_release(a);
    return 0;
}
"""
FOUND = [("FA601", 9), ("FA602", 13), ("FA612", 18)]
CLEAN = "#include <framealloc/framealloc.h>\nvoid *take(fa_allocator *a) { return fa_pool_alloc(a, 16, 16); }\n"


class Folder:
    """A project in a folder of its own."""

    def __init__(self, **files):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="fa-lint-test-"))
        for name, text in files.items():
            self.write(name.replace("__", "."), text)

    def write(self, name, text):
        (self.path / name).write_text(text)

    def database(self, *names):
        entries = [{"directory": str(self.path), "file": name,
                    "arguments": ["cc", "-I", INCLUDE, "-O2", "-c", name, "-o", "x.o"]} for name in names]
        self.write("compile_commands.json", json.dumps(entries))

    def lint(self, *words, **options):
        return tap.run(FA_LINT, *words, cwd=self.path, **options)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        shutil.rmtree(self.path)


def project():
    folder = Folder(main__c=MISTAKES, clean__c=CLEAN)
    folder.database("main.c", "clean.c")
    return folder


def found(done):
    return [(finding["code"], finding["line"]) for finding in json.loads(done.stdout)["findings"]]


def same(got, wanted):
    tap.expect(got == wanted, f"got {got!r}, wanted {wanted!r}")


def refused(done, part):
    tap.expect(done.returncode == 2, f"ended with {done.returncode}")
    tap.expect(part in done.stderr, f"{part!r} is not in {done.stderr!r}")


def findings_of(*words):
    with project() as folder:
        return found(folder.lint("--no-cache", "--format=json", *words))
