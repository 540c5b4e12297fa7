# SPDX-License-Identifier: MIT OR Apache-2.0
"""Values of the constants and initialisers in the headers."""

import re

from lexer import AbiError, Token

LIMITS = {"SIZE_MAX": (2**64 - 1, "size_t"), "UINT64_MAX": (2**64 - 1, "uint64_t"),
          "UINT32_MAX": (2**32 - 1, "uint32_t"), "INT32_MAX": (2**31 - 1, "int32_t"),
          "INT64_MAX": (2**63 - 1, "int64_t")}
WIDTHS = {"UINT64_C": "uint64_t", "INT64_C": "int64_t", "UINT32_C": "uint32_t"}
CASTS = {"size_t", "uint32_t", "uint64_t", "int32_t", "int64_t", "double", "float"}


def split(tokens):
    """Parts between the commas that stand in no brackets."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "punct" else 0
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if parts != [[]] else []


def closing(tokens, at):
    """Index of the bracket that closes the one at an index."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index].text in "([{") - (tokens[index].text in ")]}")
        if depth == 0:
            return index
    raise AbiError(tokens[at].place, "bracket without its pair")


def expand(tokens, macros):
    """The tokens with every macro of the headers replaced."""
    result, at = [], 0
    while at < len(tokens):
        token, macro = tokens[at], macros.get(tokens[at].text)
        at += 1
        if macro is None or token.kind != "word":
            result.append(token)
        elif macro.parameters is None:
            result += expand(macro.body, macros)
        else:
            end = closing(tokens, at)
            given = dict(zip(macro.parameters, split(tokens[at + 1:end])))
            body = [word for part in macro.body for word in given.get(part.text, [part])]
            result += expand(body, macros)
            at = end + 1
    return result


def without_casts(tokens):
    """The tokens without casts, and the type that the outermost first one names."""
    result, type_name, at = [], None, 0
    while at < len(tokens):
        if tokens[at].text in WIDTHS and at + 1 < len(tokens):  # UINT64_C(n) is n of that type
            type_name = type_name or WIDTHS[tokens[at].text]
            at += 1
            continue
        texts = [token.text for token in tokens[at:at + 3]]
        if len(texts) == 3 and texts[0] == "(" and texts[1] in CASTS and texts[2] == ")":
            type_name = type_name or texts[1]
            at += 3
        else:
            result.append(tokens[at])
            at += 1
    return result, type_name


def python_word(token, sizes):
    if token.kind == "number":
        return re.sub(r"[uUlL]+$", "", token.text)
    if token.text in LIMITS:
        return str(LIMITS[token.text][0])
    if token.kind == "punct" and token.text in ("(", ")", "+", "-", "*", "<<", ">>", "|", "&", "~"):
        return token.text
    if token.kind == "punct" and token.text == "/":
        return "//"
    if token.kind == "size":
        return str(sizes[token.text])
    raise AbiError(token.place, f"{token.text} is no part of a constant")


def fold_sizeof(tokens):
    """Replaces sizeof(name) by one token of its own kind."""
    result, at = [], 0
    while at < len(tokens):
        if tokens[at].text == "sizeof" and at + 3 < len(tokens) and tokens[at + 1].text == "(":
            result.append(Token("size", tokens[at + 2].text, tokens[at].place))
            at += 4
        else:
            result.append(tokens[at])
            at += 1
    return result


def evaluate(tokens, macros, sizes=None):
    """Value and C type of a constant expression; the type of a plain number is int."""
    expanded = expand(tokens, macros)
    if not expanded:
        raise AbiError(tokens[0].place if tokens else "", "no value")
    if [token.kind for token in expanded] == ["string"]:
        return expanded[0].text[1:-1], "char *"
    if [token.text for token in expanded] == ["NULL"]:
        return None, "void *"
    bare, type_name = without_casts(fold_sizeof(expanded))
    limit = next((LIMITS[token.text][1] for token in bare if token.text in LIMITS), None)
    unsigned = any(token.kind == "number" and token.text.lower().endswith("u") for token in bare)
    text = " ".join(python_word(token, sizes or {}) for token in bare)
    try:
        value = eval(text, {"__builtins__": {}})  # pylint: disable=eval-used
    except (SyntaxError, TypeError, ZeroDivisionError) as error:
        raise AbiError(expanded[0].place, f"no constant: {text}") from error
    return value, type_name or limit or ("uint32_t" if unsigned else "int")


def initializer(tokens, macros, sizes):
    """Values of a brace list, nested as they are written."""
    expanded = expand(tokens, macros)
    if not expanded or expanded[0].text != "{":
        return evaluate(expanded, macros, sizes)[0]
    inner = expanded[1:closing(expanded, 0)]
    return [initializer(part, macros, sizes) for part in split(inner)]
