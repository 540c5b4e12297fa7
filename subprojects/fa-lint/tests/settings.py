#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""settings.py FA-LINT INCLUDE: what .fa.toml says takes effect; silenced places; the baseline."""

import json

import tap
from project import CLEAN, FA_LINT, FOUND, INCLUDE, MISTAKES, Folder, found, project, refused, same


def with_settings(text, *words, source=MISTAKES):
    """What is found, with severities, and how the run ended."""
    with Folder(main__c=source, clean__c=CLEAN) as folder:
        folder.database("main.c", "clean.c")
        folder.write(".fa.toml", text)
        done = folder.lint("--no-cache", "--format=json", *words)
        tap.expect(done.stdout != "", done.stderr)
        return [(each["code"], each["line"], each["severity"]) for each in json.loads(done.stdout)["findings"]], done.returncode


ERRORS = [("FA601", 9, "error"), ("FA602", 13, "warning"), ("FA612", 18, "error")]


def check_lint_keys():
    same(with_settings(""), (ERRORS, 1))
    same(with_settings('[lint]\nallow = ["FA601"]\n'), (ERRORS[1:], 1))
    same(with_settings('[lint]\ndeny = ["FA602"]\n'), ([ERRORS[0], ("FA602", 13, "error"), ERRORS[2]], 1))
    same(with_settings('[lint]\nexclude = ["main.c"]\n'), ([], 0))
    same(with_settings('[lint]\nmin-severity = "error"\n'), ([ERRORS[0], ERRORS[2]], 1))
    same(with_settings('[lint]\nmin-severity = "hint"\n')[0][0], ("FA312", 6, "hint"))
    both = ["--allow=FA601", "--allow=FA612"]
    same(with_settings("", *both), (ERRORS[1:2], 0))
    same(with_settings("[lint]\ndeny-warnings = true\n", *both), (ERRORS[1:2], 1))
    same(with_settings("[lint]\ndeny-warnings = false\n", *both), (ERRORS[1:2], 0))


def check_words_win():
    """The command line has the last word."""
    same(with_settings('[lint]\nallow = ["FA602"]\n', "--deny=FA602")[0], [ERRORS[0], ("FA602", 13, "error"), ERRORS[2]])
    same(with_settings('[lint]\ndeny = ["FA602"]\n', "--allow=FA602")[0], [ERRORS[0], ERRORS[2]])
    same(with_settings('[lint]\nmin-severity = "error"\n', "--min-severity=warning")[0], ERRORS)


NESTED = """#include <framealloc/framealloc.h>
void nested(fa_allocator *a, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            void *block = fa_pool_alloc(a, 16, 16);
            fa_release(a, block);
        }
}
"""


def check_hot_loops():
    same([each[0] for each in with_settings("[hot-loops]\nturns = 6000\n")[0]], ["FA601", "FA612"])
    same([each[0] for each in with_settings("[hot-loops]\nturns = 4000\n")[0]], ["FA601", "FA602", "FA612"])
    same(with_settings("", source=NESTED)[0], [])
    same(with_settings("[hot-loops]\nnesting = 2\n", source=NESTED)[0], [("FA602", 6, "warning")])


TAGGED = """#include <framealloc/framealloc.h>
void enter(fa_allocator *a)
{
    (void)fa_tag_push_name(a, "physics");
    (void)fa_tag_pop(a);
}
"""


def check_tags_and_modules():
    same(with_settings("", source=TAGGED)[0], [])
    same(with_settings('[tags]\nknown = ["physics"]\n', source=TAGGED)[0], [])
    same([each[:2] for each in with_settings('[tags]\nknown = ["ai"]\n', source=TAGGED)[0]], [("FA802", 4)])
    module = '[[module]]\nname = "ai"\npaths = ["%s"]\ntags = ["%s"]\n'
    same([each[:2] for each in with_settings(module % ("*.c", "ai"), source=TAGGED)[0]], [("FA801", 4)])
    same(with_settings(module % ("*.c", "physics"), source=TAGGED)[0], [])
    same(with_settings(module % ("other/**", "ai"), source=TAGGED)[0], [])


def check_modules_that_release():
    take = "#include <framealloc/framealloc.h>\nvoid *ai_take(fa_allocator *a) { return fa_pool_alloc(a, 16, 16); }\n"
    give = """#include <framealloc/framealloc.h>
void *ai_take(fa_allocator *a);
void use(fa_allocator *a) { void *block = ai_take(a); fa_release(a, block); }
"""
    modules = '[[module]]\nname = "ai"\npaths = ["ai.c"]\ntags = []\n[[module]]\nname = "core"\npaths = ["core.c"]\ntags = []\n'
    with Folder(ai__c=take, core__c=give) as folder:
        folder.database("ai.c", "core.c")
        folder.write(".fa.toml", modules)
        same(found(folder.lint("--no-cache", "--format=json")), [("FA803", 3)])
        folder.write(".fa.toml", modules + 'may-release = ["ai"]\n')
        same(found(folder.lint("--no-cache", "--format=json")), [])


def check_config_option():
    with project() as folder:
        folder.write("other.toml", '[lint]\nallow = ["FA601"]\n')
        same(found(folder.lint("--no-cache", "--format=json", "--config", "other.toml")), FOUND[1:])
        folder.write(".fa.toml", '[lint]\nallow = ["FA601", "FA602", "FA612"]\n')
        same(found(folder.lint("--no-cache", "--format=json", "--config", "other.toml")), FOUND[1:])


def check_template():
    """What `init` writes is understood, also when everything in it is said."""
    with project() as folder:
        folder.lint("init")
        same(found(folder.lint("--no-cache", "--format=json")), FOUND)
        text = (folder.path / ".fa.toml").read_text()
        folder.write(".fa.toml", "".join(line.removeprefix("# ") if "=" in line or "[" in line else line for line in text.splitlines(True)))
        same(found(folder.lint("--no-cache", "--format=json")), FOUND)


def check_exclude_is_below():
    """A folder above the project excludes nothing."""
    with Folder() as folder:
        inner = folder.path / "third_party/game"
        (inner / "third_party").mkdir(parents=True)
        (inner / "main.c").write_text(MISTAKES)
        (inner / "third_party/lib.c").write_text(MISTAKES.replace("main(", "lib("))
        words = ["--no-cache", "--format=json", "--exclude", "**/third_party/**", "main.c", "third_party/lib.c", "--", "-I", INCLUDE]
        same(found(tap.run(FA_LINT, *words, cwd=inner)), FOUND)


def check_silence():
    text = MISTAKES.replace("fa_frame_new(a, int, 4);", "fa_frame_new(a, int, 4); // fa-lint: allow(FA601)")
    text = text.replace("        void *block", "        // fa-lint: allow(FA602) measured\n        void *block")
    text = text.replace("int main(void)", 'FA_LINT_ALLOW("FA612", "as asked for") int main(void)')
    with Folder(main__c=text) as folder:
        folder.database("main.c")
        same(found(folder.lint("--no-cache", "--format=json")), [])
        folder.write("main.c", text.replace("allow(FA601)", "allow(FA602)"))
        same(found(folder.lint("--no-cache", "--format=json")), [FOUND[0]])
    reason = MISTAKES.replace("int main(void)", 'FA_LINT_ALLOW("FA602", "not as bad as FA612") int main(void)')
    with Folder(main__c=reason) as folder:
        folder.database("main.c")
        same(found(folder.lint("--no-cache", "--format=json")), [FOUND[0], FOUND[2]])


def check_silence_unknown():
    text = MISTAKES.replace("fa_frame_new(a, int, 4);", "fa_frame_new(a, int, 4); // fa-lint: allow(FA601, FA6O2)")
    text = text.replace("int main(void)", 'FA_LINT_ALLOW("FA001", "no") int main(void)')
    with Folder(main__c=text) as folder:
        folder.database("main.c")
        done = folder.lint("--no-cache", "--format=json")
        same(found(done), FOUND[1:])
        for part in ("main.c:9: FA6O2 ", "main.c:4: FA001 "):
            tap.expect(part in done.stderr, f"{part!r} is not in {done.stderr!r}")


def check_baseline():
    with project() as folder:
        folder.lint("--no-cache", "--write-baseline", "base.json")
        same(found(folder.lint("--no-cache", "--format=json", "--baseline", "base.json")), [])
        again = MISTAKES.replace("    return 0;", "    fa_release(a, block);\n    return 0;")
        folder.write("main.c", "// moved by a line\n" + again)
        same(found(folder.lint("--no-cache", "--format=json", "--baseline", "base.json")), [("FA612", 21)])
        folder.write("base.json", "{}")
        same(folder.lint("--no-cache", "--baseline", "base.json").returncode, 2)
        refused(folder.lint("--no-cache", "--baseline", "gone.json"), "gone.json")


def check_baseline_setting():
    with project() as folder:
        folder.lint("--no-cache", "--write-baseline", "base.json")
        folder.write(".fa.toml", '[lint]\nbaseline = "base.json"\n')
        same(found(folder.lint("--no-cache", "--format=json")), [])


def check_bad_settings():
    with project() as folder:
        for text, part in [("[lint]\nallow = [\n", ".fa.toml:"), ("[lint]\n\nx = 1\n", ".fa.toml:3: lint.x"),
                           ('[lint]\nallow = ["FA601",\n"FA999"]\n', ".fa.toml:3: lint.allow[1]: FA999"), ('[lint]\ndeny = ["FA001"]\n', ".fa.toml:2: lint.deny[0]"),
                           ("[hot-loops]\nturns = -1\n", ".fa.toml:2: hot-loops.turns"), ("allow = 3 3\n", ".fa.toml:1"),
                           ("lint = 3\n", ".fa.toml:1: lint"), ("[lint]\nmin-severity = 3\n", ".fa.toml:2"), ("[lint]\nmin-severity = 'bad'\n", ".fa.toml:2"),
                           ("[lint]\ndeny-warnings = 'yes'\n", ".fa.toml:2"), ("[lint]\nbaseline = 1\n", ".fa.toml:2"), ("\n[module]\nname = 'a'\n", ".fa.toml:2: module"),
                           ("[[module]]\nname = 'a'\n[[module]]\nname = 'b'\ntags = 3\n", ".fa.toml:5: module[1].tags"), ("[[module]]\ntags = []\n", ".fa.toml:1: module[0]")]:
            folder.write(".fa.toml", text)
            refused(folder.lint("--no-cache"), part)
        refused(folder.lint("--no-cache", "--config", "gone.toml"), "gone.toml")


if __name__ == "__main__":
    tap.main([
        ("[lint]", check_lint_keys),
        ("command line and settings", check_words_win),
        ("[hot-loops]", check_hot_loops),
        ("[tags] and [[module]]", check_tags_and_modules),
        ("may-release", check_modules_that_release),
        ("--config", check_config_option),
        ("what init writes", check_template),
        ("excluded folders", check_exclude_is_below),
        ("silenced places", check_silence),
        ("silenced codes that are none", check_silence_unknown),
        ("baseline", check_baseline),
        ("baseline by setting", check_baseline_setting),
        ("bad settings", check_bad_settings),
    ])
