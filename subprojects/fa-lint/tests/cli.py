#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""cli.py FA-LINT INCLUDE: the command line: formats, filters, exit status, mending, baseline, cache, and bad input.

The official SARIF schema is used as well when FA_LINT_SARIF_SCHEMA names it.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile

import tap

DATA = pathlib.Path(__file__).resolve().parent / "data"
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


def findings_of(*words):
    with project() as folder:
        return found(folder.lint("--no-cache", "--format=json", *words))


def check_human():
    with project() as folder:
        text = folder.lint("--no-cache", "--color=never").stdout
        for part in ("main.c:9:9: error[FA601]: ", "    9 |         kept = ", "^~~~", "= note: main.c:10: ", "= help: ",
                     "2 errors, 1 warnings"):
            tap.expect(part in text, f"{part!r} is not in\n{text}")
        tap.expect("\033[" not in text, "colour without a terminal")
        tap.expect("\033[" in folder.lint("--no-cache", "--color=always").stdout, "no colour when asked for")


def check_compact():
    with project() as folder:
        lines = folder.lint("--no-cache", "--format=compact").stdout.splitlines()
        same([line.split(":")[:2] for line in lines], [["main.c", "9"], ["main.c", "13"], ["main.c", "18"]])


def check_json():
    same(findings_of(), FOUND)


def check_sarif():
    try:
        import jsonschema
    except ImportError as error:
        raise tap.Skip("python3-jsonschema is not installed") from error
    with project() as folder:
        for words in ([], ["--allow=FA601", "--allow=FA602", "--allow=FA612"]):
            report = json.loads(folder.lint("--no-cache", "--format=sarif", *words).stdout)
            schemas = [DATA / "sarif.schema.json", *filter(None, [os.environ.get("FA_LINT_SARIF_SCHEMA")])]
            for schema in schemas:
                try:
                    jsonschema.validate(report, json.loads(pathlib.Path(schema).read_text()))
                except jsonschema.ValidationError as error:
                    raise tap.Failure(f"{schema}: {error.message} at {list(error.path)}") from error
            same(len(report["runs"][0]["results"]), 0 if words else 3)


def check_xml(form):
    if not shutil.which("xmllint"):
        raise tap.Skip("xmllint is not installed")
    with project() as folder:
        for words in ([], ["--allow=FA601", "--allow=FA602", "--allow=FA612"]):
            folder.lint("--no-cache", f"--format={form}", "--output", "report.xml", *words)
            done = tap.run("xmllint", "--noout", "--schema", DATA / f"{form}.xsd", folder.path / "report.xml")
            tap.expect(done.returncode == 0, done.stderr)
            text = (folder.path / "report.xml").read_text()
            same(text.count("<failure") + text.count("<error"), 0 if words else 3)


def check_filters():
    same(findings_of("--allow=FA602"), [FOUND[0], FOUND[2]])
    same(findings_of("--threading"), [])
    same(findings_of("--dirtymem"), FOUND)
    same(findings_of("--min-severity=error"), [FOUND[0], FOUND[2]])
    same(findings_of("--fail-fast"), FOUND[:1])
    same(findings_of("--exclude", "**/main.c"), [])
    same(findings_of("--min-severity=hint", "--budgets"), [("FA312", 6)])


def check_status():
    with project() as folder:
        same(folder.lint("--no-cache").returncode, 1)
        same(folder.lint("--no-cache", "--allow=FA601", "--allow=FA612").returncode, 0)
        same(folder.lint("--no-cache", "--allow=FA601", "--allow=FA612", "--deny-warnings").returncode, 1)
        same(folder.lint("--no-cache", "--allow=FA601", "--allow=FA612", "--deny=FA602").returncode, 1)
        same(folder.lint("--no-cache", "clean.c").returncode, 0)


def check_show():
    with project() as folder:
        tap.expect("FA612" in folder.lint("--no-cache", "show", "main.c").stdout, "show does not show")
        tap.expect("no findings" in folder.lint("--no-cache", "show", "clean.c").stdout, "show shows another file")


def check_texts():
    with Folder() as folder:
        text = folder.lint("explain", "FA601").stdout
        tap.expect("FA601 (error, dirtymem)" in text and "help: " in text, text)
        codes = [line.split()[0] for line in folder.lint("list").stdout.splitlines()]
        tap.expect({"FA601", "FA803"} <= set(codes) and len(codes) >= 24, str(codes))
        for code in codes:
            tap.expect(len(folder.lint("explain", code).stdout) > 100, f"{code} is not explained")
        same(folder.lint("init").returncode, 0)
        tap.expect("[lint]" in (folder.path / ".fa.toml").read_text(), "init writes no settings")
        same(folder.lint("init").returncode, 2)


def check_settings():
    with project() as folder:
        folder.write(".fa.toml", '[lint]\nallow = ["FA601"]\ndeny = ["FA602"]\n\n[hot-loops]\nturns = 4000\n')
        report = json.loads(folder.lint("--no-cache", "--format=json").stdout)["findings"]
        same([(finding["code"], finding["severity"]) for finding in report], [("FA602", "error"), ("FA612", "error")])
        folder.write(".fa.toml", "[hot-loops]\nturns = 6000\n")
        same(found(folder.lint("--no-cache", "--format=json")), [FOUND[0], FOUND[2]])


def check_silence():
    text = MISTAKES.replace("fa_frame_new(a, int, 4);", "fa_frame_new(a, int, 4); // fa-lint: allow(FA601)")
    text = text.replace("        void *block", "        // fa-lint: allow(FA602) measured\n        void *block")
    text = text.replace("int main(void)", 'FA_LINT_ALLOW("FA612", "as asked for") int main(void)')
    with Folder(main__c=text) as folder:
        folder.database("main.c")
        same(found(folder.lint("--no-cache", "--format=json")), [])
        folder.write("main.c", text.replace("allow(FA601)", "allow(FA602)"))
        same(found(folder.lint("--no-cache", "--format=json")), [FOUND[0]])


def check_fix():
    with project() as folder:
        folder.lint("--no-cache", "--fix", "-q")
        text = (folder.path / "main.c").read_text()
        same(text.count("fa_release(a, block);"), 2)
        same(found(folder.lint("--no-cache", "--format=json")), FOUND[:2])


def check_baseline():
    with project() as folder:
        folder.lint("--no-cache", "--write-baseline", "base.json")
        same(found(folder.lint("--no-cache", "--format=json", "--baseline", "base.json")), [])
        again = MISTAKES.replace("    return 0;", "    fa_release(a, block);\n    return 0;")
        folder.write("main.c", "// moved by a line\n" + again)
        same(found(folder.lint("--no-cache", "--format=json", "--baseline", "base.json")), [("FA612", 21)])
        folder.write("base.json", "{}")
        same(folder.lint("--no-cache", "--baseline", "base.json").returncode, 2)


def reused(folder):
    return int(folder.lint("--cache", "cache", "--figures").stderr.split("reused=")[1].split()[0])


def check_cache():
    with project() as folder:
        same([reused(folder), reused(folder)], [0, 2])
        folder.write("main.c", MISTAKES + "\n")
        same([reused(folder), reused(folder)], [1, 2])
        for entry in (folder.path / "cache").iterdir():
            entry.write_bytes(entry.read_bytes()[:-100])
        same(reused(folder), 0)
        same(found(folder.lint("--cache", "cache", "--format=json")), FOUND)


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


def refused(done, part):
    tap.expect(done.returncode == 2, f"ended with {done.returncode}")
    tap.expect(part in done.stderr, f"{part!r} is not in {done.stderr!r}")


def check_bad_database():
    with Folder(main__c=CLEAN) as folder:
        refused(folder.lint("-p", "nowhere"), "nowhere")
        for text, part in [("", "compile_commands.json"), ("{}", "not a list"), ("[{}]", "entry 1"),
                           ("[1,\n2", "compile_commands.json:2"),
                           ('[{"directory":"/","file":"x.c","command":"cc `"}]', "entry 1"), ("[]", "no C or C++ files")]:
            folder.write("compile_commands.json", text)
            refused(folder.lint("--no-cache"), part)


def check_bad_source():
    with Folder(main__c="#include <framealloc/framealloc.h>\nint main(void) { return x; }\n", clean__c=CLEAN) as folder:
        folder.database("main.c", "clean.c", "gone.c")
        done = folder.lint("--no-cache")
        refused(done, "main.c is left out")
        refused(done, "gone.c is left out")
        tap.expect("no findings" in done.stdout, "the rest is not looked at")


def check_bad_words():
    with project() as folder:
        for words, part in [(["--deny=FA999"], "FA999"), (["explain", "FA999"], "FA999"), (["--format=pdf"], "pdf"),
                            (["-j", "none"], "none"), (["--min-severity=bad"], "bad"), (["explain"], "argument"),
                            (["gone.c"], "gone.c"), (["--nonsense"], "usage")]:
            refused(folder.lint(*words), part)
        folder.write("report", "")
        refused(folder.lint("--no-cache", "--output", "report/none"), "cannot be written")


def check_bad_settings():
    with project() as folder:
        for text, part in [("[lint]\nallow = [\n", ".fa.toml:"), ("[lint]\n\nx = 1\n", "x"), ('[lint]\nallow = ["FA999"]\n', "FA999"),
                           ("[hot-loops]\nturns = -1\n", "turns"), ("allow = 3 3\n", ".fa.toml:1")]:
            folder.write(".fa.toml", text)
            refused(folder.lint("--no-cache"), part)
        refused(folder.lint("--no-cache", "--config", "gone.toml"), "gone.toml")


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


def main():
    tap.main([
        ("human", check_human),
        ("compact", check_compact),
        ("json", check_json),
        ("sarif", check_sarif),
        ("junit", lambda: check_xml("junit")),
        ("checkstyle", lambda: check_xml("checkstyle")),
        ("filters", check_filters),
        ("exit status", check_status),
        ("show", check_show),
        ("explain, list, init", check_texts),
        (".fa.toml", check_settings),
        ("silenced places", check_silence),
        ("--fix", check_fix),
        ("baseline", check_baseline),
        ("cache", check_cache),
        ("two translation units", check_two_units),
        ("bad database", check_bad_database),
        ("sources that do not compile", check_bad_source),
        ("bad words", check_bad_words),
        ("bad settings", check_bad_settings),
        ("strange files", check_strange_files),
    ])


if __name__ == "__main__":
    main()
