# SPDX-License-Identifier: MIT OR Apache-2.0
"""The words in the comments of the headers, by what they speak of."""

import re

COMMAND = re.compile(r"@(brief|return|param)\s+")


def plain(comment):
    """A comment's text without its stars; lines that belong together are joined, examples keep theirs."""
    text = re.sub(r"@p (\w+)", r"\1", re.sub(r"^/\*+<?|\*/$", "", comment.strip()))
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in text.strip("\n").split("\n")]
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    return "\n\n".join(part if part.startswith("    ") else " ".join(part.split()) for part in paragraphs).strip()


def parts(comment):
    """Brief, details, result, parameters and thread safety of a function's comment."""
    text, safety = take_sentence(plain(comment), "Thread safety:")
    found = {"brief": "", "details": "", "result": "", "parameters": {}, "thread_safety": safety}
    pieces = COMMAND.split(text)
    lead = pieces[0].strip()
    for command, words in zip(pieces[1::2], pieces[2::2]):
        if command == "param":
            names, words = re.match(r"((?:\w+, )*\w+)\s*(.*)", words.strip(), re.S).groups()
            found["parameters"] |= {name: tidy(words) for name in names.split(", ")}
        elif command == "return":
            found["result"] = tidy(words)
        else:
            found["brief"], _, found["details"] = (tidy(part) for part in words.strip().partition("\n\n"))
    if not found["brief"]:
        found["brief"] = tidy(lead)
    return found


def take_sentence(text, label):
    """Takes the sentence after a label out of a text."""
    found = re.search(re.escape(label) + r"\s*(.*?\.)(?=\s|$)", text, re.S)
    if not found:
        return text, ""
    return text[:found.start()] + text[found.end():], found.group(1).rstrip(".")


def tidy(text):
    return re.sub(r"\s*Since \d+\.\d+\.$", "", text.strip()).strip()


def since(comment, otherwise):
    found = re.search(r"Since (\d+\.\d+)\.", comment)
    return found.group(1) if found else otherwise


def constants_named(text):
    """The family of constants that a text names, as in FA_INTENT_*."""
    found = re.search(r"\b(FA_[A-Z_]+_)\*", text)
    return found.group(1) if found else None
