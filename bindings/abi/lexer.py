# SPDX-License-Identifier: MIT OR Apache-2.0
"""The words of a public header: tokens with their lines, conditionals resolved, macros collected.

Headers are read as a C17 program compiled by GCC sees them, so that declarations for other compilers and for C++ stay
out of the description.
"""

import dataclasses
import pathlib
import re

CODE = re.compile(r"""
    (?P<space>\s+) | (?P<string>"(?:[^"\\]|\\.)*") | (?P<char>'(?:[^'\\]|\\.)+') |
    (?P<number>(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?)[uUlL]*) | (?P<word>[A-Za-z_]\w*) |
    (?P<punct>\.\.\.|<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|--|[-+*/%&|^~!<>=?:;,.(){}\[\]#\\])
""", re.X)
DEFINE = re.compile(r"define\s+(\w+)(\([^)]*\))?\s*(.*)", re.S)
PREDEFINED = {"__GNUC__": "12"}


class AbiError(Exception):
    """A declaration that the description cannot express; the text begins with its file and line."""

    def __init__(self, place, text):
        super().__init__(f"{place}: {text}")


@dataclasses.dataclass(frozen=True)
class Token:
    kind: str
    text: str
    place: str

    @property
    def line(self):
        return int(self.place.rsplit(":", 1)[1])


@dataclasses.dataclass
class Macro:
    name: str
    parameters: list  # None for a macro without parentheses
    body: list
    place: str
    doc: str = ""
    header: str = ""


def code_tokens(text, path, line):
    """Tokens of a stretch without comments and directives."""
    at = 0
    while at < len(text):
        match = CODE.match(text, at)
        if not match:
            raise AbiError(f"{path}:{line}", f"unexpected character {text[at]!r}")
        if match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), f"{path}:{line}")
        line += match.group().count("\n")
        at = match.end()


def directive_end(text, at):
    """Where a directive ends: with its line, continued lines and comments within included, or at a comment about it."""
    while at < len(text) and text[at] != "\n":
        if text.startswith("\\\n", at):
            at += 2
        elif text.startswith("/**<", at):
            break
        elif text.startswith("/*", at):
            at = text.index("*/", at) + 2
        else:
            at += 1
    return at


def comment_kind(comment):
    if comment.startswith("/**<"):
        return "after"
    return "doc" if comment.startswith("/**") else "comment"


def raw_tokens(path):
    """Tokens, comments and directives of a file in order."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    at = 0
    while at < len(text):
        begin = re.compile(r"/\*|^[ \t]*#", re.M).search(text, at)
        end = begin.start() if begin else len(text)
        yield from code_tokens(text[at:end], path, text.count("\n", 0, at) + 1)
        if not begin:
            return
        place = f"{path}:{text.count(chr(10), 0, begin.start()) + 1}"
        if begin.group() == "/*":
            at = text.find("*/", end) + 2
            if at < 2:
                raise AbiError(place, "comment without an end")
            yield Token(comment_kind(text[end:at]), text[end:at], place)
        else:
            at = directive_end(text, end)
            body = re.sub(r"/\*.*?\*/", " ", text[begin.end():at], flags=re.S)
            yield Token("directive", body.replace("\\\n", "\n").strip(), place)


def holds(condition, macros, place):
    """Whether the condition of an #if is true."""
    known = {**PREDEFINED, **{name: "1" for name in macros}}
    plain = re.sub(r"defined\s*\(?\s*(\w+)\s*\)?", lambda found: str(int(found.group(1) in known)), condition)
    plain = re.sub(r"__has_attribute\(\w+\)", "0", plain)
    plain = re.sub(r"[A-Za-z_]\w*", lambda found: known.get(found.group(), "0"), plain)
    plain = plain.replace("&&", " and ").replace("||", " or ").replace("!", " not ").replace(" not =", "!=")
    if not re.fullmatch(r"[\d\s()<>=!]*(?:(?:and|or|not)[\d\s()<>=!]*)*", plain):
        raise AbiError(place, f"condition not understood: {condition}")
    return bool(eval(plain, {"__builtins__": {}}))  # pylint: disable=eval-used


class Reader:
    """Reads a header and those it includes, each once, and hands out what is left after preprocessing."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.macros = {}
        self.seen = []

    def tokens(self, header):
        """Tokens of a header without directives, after those of the headers it includes."""
        if header in self.seen:
            return
        self.seen.append(header)
        path = f"framealloc/{header}"
        branches = []  # of each open conditional: [taken now, taken before]
        described = None
        for token in self._relative(self.root / header, path):
            if token.kind != "directive":
                described = self._describe_macro(token, described)
                if all(branch[0] for branch in branches):
                    yield token
                continue
            described = None
            word, _, rest = token.text.partition(" ")
            if self._conditional(word, rest, branches, token.place) or not all(branch[0] for branch in branches):
                continue
            if word == "include" and rest.startswith('"'):
                yield from self.tokens(rest.strip('"'))
            elif word == "define":
                described = self._define(token, header)
                yield Token("macro", described.name, token.place)
            elif word not in ("include", "undef"):
                raise AbiError(token.place, f"directive not understood: #{token.text}")

    def _relative(self, path, name):
        for token in raw_tokens(path):
            yield dataclasses.replace(token, place=f"{name}:{token.line}")

    def _describe_macro(self, token, macro):
        if macro is not None and token.kind == "after" and token.place == macro.place:
            macro.doc = token.text
        return macro

    def _conditional(self, word, rest, branches, place):
        if word in ("if", "ifdef", "ifndef"):
            condition = {"ifdef": f"defined({rest})", "ifndef": f"!defined({rest})"}.get(word, rest)
            outer = all(branch[0] for branch in branches)
            taken = outer and holds(condition, self.macros, place)
            branches.append([taken, taken])
        elif word in ("else", "elif"):
            taken = not branches[-1][1] and (word == "else" or holds(rest, self.macros, place))
            branches[-1] = [taken, taken or branches[-1][1]]
        elif word == "endif":
            branches.pop()
        else:
            return False
        return True

    def _define(self, token, header):
        name, parameters, body = DEFINE.match(token.text).groups()
        names = None if parameters is None else [word.strip() for word in parameters[1:-1].split(",") if word.strip()]
        body = list(code_tokens(re.sub(r"##?", " ", body), *token.place.rsplit(":", 1)[:1], token.line))
        self.macros[name] = Macro(name, names, body, token.place, header=header)
        return self.macros[name]
