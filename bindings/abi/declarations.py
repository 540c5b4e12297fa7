# SPDX-License-Identifier: MIT OR Apache-2.0
"""The declarations of the public headers, in the dialect that annotations.h describes.

Anything else is refused with its file and line: what cannot be described cannot be bound.
"""

import dataclasses
import re

import expressions
from lexer import AbiError, Reader

# Annotations with the number of arguments they take; None for any.
OF_FUNCTIONS = {"FA_LEAF": 0, "FA_MAY_BLOCK": 0, "FA_MAY_CALLBACK": 0, "FA_MUST_USE": 0, "FA_MALLOC": 0,
                "FA_NEVER_NULL": 0, "FA_FRAME_LIFETIME": 0, "FA_LIFETIME": 1, "FA_OWNED": 1, "FA_RELEASED_BY": 1,
                "FA_TAKES": 1, "FA_ALLOC_SIZE": None, "FA_ALLOC_ALIGN": 1, "FA_FORMAT": 2, "FA_SINCE": 2}
OF_PARAMETERS = {"FA_NULLABLE": 0, "FA_OUT": 0, "FA_INOUT": 0, "FA_ARRAY": 1, "FA_KEPT": 0, "FA_RELEASED_BY": 1}
OF_FIELDS = {"FA_NULLABLE": 0}
PLAIN_TYPES = {"void", "char", "unsigned char", "int", "float", "double", "size_t", "va_list", "int8_t", "int16_t",
               "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t"}


@dataclasses.dataclass(frozen=True)
class Type:
    name: str
    pointers: int = 0
    const: bool = False
    inner_const: bool = False  # const char *const *: what the outer pointer points to
    count: int = 0             # elements of an array member, 0 for none

    def __str__(self):
        stars = "*const *" if self.inner_const else "*" * self.pointers
        return ("const " if self.const else "") + self.name + (" " + stars if stars else "")


@dataclasses.dataclass
class Variable:
    name: str
    type: Type
    annotations: dict
    place: str
    doc: str = ""


@dataclasses.dataclass
class Declaration:
    kind: str  # alias, opaque, struct, callback, function, inline
    name: str
    header: str
    place: str
    doc: str
    type: Type = None
    variables: list = dataclasses.field(default_factory=list)
    annotations: dict = dataclasses.field(default_factory=dict)
    variadic: bool = False


class Parser:
    """Reads all headers from the one that takes in the others."""

    def __init__(self, include, top):
        self.reader = Reader(include)
        self.declarations, self.header_docs, self.macro_names = [], {}, []
        self.types = set(PLAIN_TYPES)
        self.header, self.doc, self.run_doc = top, None, None
        self.tokens = self.reader.tokens(top)
        self.held = None

    @property
    def macros(self):
        return self.reader.macros

    def parse(self):
        while (token := self._raw()) is not None:
            if token.kind == "doc":
                self._documentation(token)
            elif token.kind == "macro":
                self._macro(token)
            elif token.kind == "word":
                self._declaration(token)
            elif token.kind not in ("comment", "after"):
                raise AbiError(token.place, f"declaration not understood at {token.text!r}")
        return self

    def _raw(self):
        token, self.held = self.held or next(self.tokens, None), None
        if token is not None:
            self.header = token.place.split(":")[0].removeprefix("framealloc/")
        return token

    def _next(self, *wanted):
        """The next token that is no comment; one of those wanted, if any are."""
        token = self._raw()
        while token is not None and token.kind in ("comment", "doc", "after"):
            token = self._raw()
        if token is None:
            raise AbiError(self.header, "the file ends inside a declaration")
        if wanted and token.text not in wanted:
            raise AbiError(token.place, f"expected {' or '.join(map(repr, wanted))}, found {token.text!r}")
        return token

    def _peek(self):
        self.held = self._next()
        return self.held

    def _documentation(self, token):
        if "@file" in token.text:
            self.header_docs[self.header] = token.text
        else:
            self.doc = token

    def _macro(self, token):
        """A comment above a run of macros, or the #ifdef around one, speaks for all that have none of their own."""
        macro = self.macros[token.text]
        if self.doc is not None and token.line - self.doc.line - self.doc.text.count("\n") in range(1, 5):
            self.run_doc = (token.line - 1, self.doc.text)
        if self.run_doc is not None and token.line == self.run_doc[0] + 1:
            macro.doc = self.run_doc[1]
            self.run_doc = (token.line + sum(part.line > token.line for part in macro.body[-1:]), self.run_doc[1])
        self.doc = None
        self.macro_names.append(token.text)

    def _declaration(self, token):
        self.place, doc = token.place, self.doc.text if self.doc else ""
        self.doc = None
        parsers = {"typedef": self._typedef, "FA_API": self._function, "FA_INLINE": self._inline}
        if token.text not in parsers:
            raise AbiError(token.place, f"declaration not understood at {token.text!r}: "
                                        "neither typedef, FA_API nor FA_INLINE")
        declaration = parsers[token.text](doc)
        if not declaration.doc:
            raise AbiError(declaration.place, f"{declaration.name} has no documentation")
        self.declarations.append(declaration)

    def _typedef(self, doc):
        if self._peek().text == "struct":
            self._next()
            return self._struct(doc)
        type_ = self._type({})
        if self._peek().text == "(":
            return self._callback(doc, type_)
        name = self._next().text
        self._next(";")
        self.types.add(name)
        return Declaration("alias", name, self.header, self.place, doc, type_)

    def _struct(self, doc):
        name, opening = self._next().text, self._next()
        self.types.add(name)
        if opening.text == name:
            self._next(";")
            return Declaration("opaque", name, self.header, self.place, doc)
        if opening.text != "{":
            raise AbiError(opening.place, f"expected '{{' or {name!r}, found {opening.text!r}")
        fields = []
        while self._peek().text != "}":
            fields.append(self._field())
        self._next("}")
        self._next(name)
        self._next(";")
        return Declaration("struct", name, self.header, self.place, doc, variables=fields)

    def _field(self):
        annotations = {}
        type_ = self._type(annotations, OF_FIELDS)
        name, separator = self._next(), self._next("[", ";")
        if separator.text == "[":
            count = []
            while (token := self._next()).text != "]":
                count.append(token)
            type_ = dataclasses.replace(type_, count=expressions.evaluate(count, self.macros)[0])
            self._next(";")
        token = self._raw()
        while token is not None and token.kind == "comment":
            token = self._raw()
        if token is None or token.kind != "after":
            raise AbiError(name.place, f"member {name.text} has no documentation")
        return Variable(name.text, type_, annotations, name.place, token.text)

    def _callback(self, doc, result):
        self._next("(")
        self._next("*")
        name = self._next().text
        self._next(")")
        parameters, variadic = self._parameters()
        self._next(";")
        self.types.add(name)
        return Declaration("callback", name, self.header, self.place, doc, result, parameters, variadic=variadic)

    def _function(self, doc, kind="function"):
        annotations = {}
        type_ = self._type(annotations, OF_FUNCTIONS)
        name = self._next()
        if not re.fullmatch(r"fa_\w+", name.text):
            raise AbiError(name.place, f"{name.text!r} is no name of a function")
        parameters, variadic = self._parameters()
        if kind == "function":
            self._next(";")
        return Declaration(kind, name.text, self.header, name.place, doc, type_, parameters, annotations, variadic)

    def _inline(self, doc):
        declaration = self._function(doc, "inline")
        self._next("{")
        depth = 1
        while depth > 0:
            depth += {"{": 1, "}": -1}.get(self._next().text, 0)
        return declaration

    def _parameters(self):
        self._next("(")
        parameters = []
        if self._peek().text == "void":
            self._next()
            if self._peek().text == ")":
                self._next()
                return [], False
            return self._first_void_parameter(parameters)
        return self._more_parameters(parameters)

    def _first_void_parameter(self, parameters):
        """A list that begins with `void *`."""
        parameters.append(self._parameter("void"))
        return self._more_parameters(parameters) if self._next(",", ")").text == "," else (parameters, False)

    def _more_parameters(self, parameters):
        while True:
            if self._peek().text == "...":
                self._next()
                self._next(")")
                return parameters, True
            parameters.append(self._parameter())
            if self._next(",", ")").text == ")":
                return parameters, False

    def _parameter(self, begun=None):
        annotations = {}
        type_ = self._type(annotations, OF_PARAMETERS, begun)
        name = self._next()
        if name.kind != "word":
            raise AbiError(name.place, f"expected the name of a parameter, found {name.text!r}")
        return Variable(name.text, type_, annotations, name.place)

    def _annotation(self, token, known):
        if token.text not in known:
            raise AbiError(token.place, f"unknown annotation {token.text}")
        arguments = []
        if known[token.text] != 0:
            self._next("(")
            while (argument := self._next()).text != ")":
                arguments += [argument.text] if argument.text != "," else []
            if known[token.text] not in (None, len(arguments)):
                raise AbiError(token.place, f"{token.text} takes {known[token.text]} arguments")
        return arguments

    def _type(self, annotations, known=None, begun=None):
        const, name, word = False, begun, None
        while name is None:
            word = self._next()
            if word.text == "const":
                const = True
            elif word.text.startswith("FA_"):
                annotations[word.text] = self._annotation(word, known or {})
            elif word.text == "unsigned":
                name = f"unsigned {self._next('char').text}"
            elif word.text in self.types:
                name = word.text
            else:
                raise AbiError(word.place, f"unknown type {word.text!r}")
        pointers, inner_const = 0, False
        while self._peek().text in ("*", "const"):
            if self._next().text == "*":
                pointers += 1
            elif pointers == 0 or inner_const:
                raise AbiError(self.held.place if self.held else self.place, "const in an unexpected place")
            else:
                inner_const = True
        return Type(name, pointers, const, inner_const)
