# SPDX-License-Identifier: MIT OR Apache-2.0
"""From declarations to the description: facts about every name, and a refusal where a fact is missing."""

import documentation as words
import expressions
from lexer import AbiError

FORMAT = 1
SCALARS = {"char": (1, "int8"), "unsigned char": (1, "uint8"), "int": (4, "int32"), "float": (4, "float"),
           "double": (8, "double"), "size_t": (8, "size"),
           **{f"{sign}int{bits}_t": (bits // 8, f"{sign}int{bits}") for bits in (8, 16, 32, 64) for sign in ("", "u")}}
KEYWORDS = {"_Static_assert", "static_assert", "_Alignof", "alignof"}
LIFETIMES = {"process", "allocator", "frame", "ahead", "scratch", "intent", "group", "task", "object", "entry", "move",
             "pin", "eviction", "transfer"}


def flat_values(value):
    """The numbers in a nested list."""
    return set().union(*map(flat_values, value)) if isinstance(value, list) else {value}


class Model:
    """The description as plain dictionaries, in order of declaration."""

    def __init__(self, parser, version):
        self.parser, self.version = parser, version
        self.declared = {declaration.name: declaration for declaration in parser.declarations}
        self.releases, self.layouts = {}, {}

    def describe(self):
        types = [self.type(declaration) for declaration in self._of("alias", "opaque", "struct", "callback")]
        functions = [self.function(declaration) for declaration in self._of("function", "inline")]
        for function in functions:
            function["releases"] = sorted(self.releases.get(function["name"], []))
        unknown = self.releases.keys() - {function["name"] for function in functions}
        if unknown:
            raise AbiError("framealloc.h", f"released by unknown functions: {', '.join(sorted(unknown))}")
        macros = [self.parser.macros[name] for name in self.parser.macro_names]
        constants = [constant for macro in macros if (constant := self.constant(macro))]
        self._initializers(macros, types)
        return {
            "$schema": "framealloc.abi.schema.json", "format": FORMAT,
            "library": {"name": "framealloc", "version": self.version,
                        "soname": f"libframealloc.so.{self.version.split('.')[0]}"},
            "data_model": "LP64",
            "headers": [{"name": name, **self._header_words(name)} for name in sorted(self.parser.header_docs)],
            "constants": constants, "types": types, "functions": functions,
            "macros": [self.macro(macro) for macro in macros
                       if macro.parameters is not None and not self._dialect(macro)],
        }

    def _of(self, *kinds):
        return [declaration for declaration in self.parser.declarations if declaration.kind in kinds]

    def _header_words(self, name):
        text = words.plain(self.parser.header_docs[name]).split("@brief ", 1)[-1]
        brief, _, details = text.partition("\n\n")
        return {"brief": brief, "details": details}

    @staticmethod
    def _dialect(macro):
        """Whether a macro spells something of the language, as most in annotations.h do, not of the interface."""
        body = " ".join(token.text for token in macro.body)
        if body in KEYWORDS:
            return True
        spelling = ("__attribute__", "static", "extern", "__builtin", "FA_MARK")
        return macro.header == "annotations.h" and (not body or any(word in body for word in spelling))

    # Types

    def abi(self, type_, place):
        """How a value travels: the one word that a dynamic language needs."""
        if type_.pointers:
            return "pointer"
        if type_.name == "void":
            return "void"
        if type_.name == "va_list":
            return "va_list"
        if type_.name in SCALARS:
            return SCALARS[type_.name][1]
        declaration = self.declared[type_.name]
        if declaration.kind == "alias":
            return self.abi(declaration.type, place)
        if declaration.kind == "callback":
            return "pointer"
        if declaration.kind == "struct":
            return "struct"
        raise AbiError(place, f"{type_.name} can only be pointed to")

    @staticmethod
    def type_of(type_):
        """A type as C spells it, and in parts."""
        described = {"type": str(type_), "base": type_.name, "pointers": type_.pointers}
        return described | ({"const": True} if type_.const else {})

    def size_of(self, type_, place):
        """Size and alignment."""
        if type_.pointers:
            return 8, 8
        if type_.name in SCALARS:
            size = SCALARS[type_.name][0]
            return size, size
        declaration = self.declared[type_.name]
        if declaration.kind == "alias":
            return self.size_of(declaration.type, place)
        if declaration.kind == "struct":
            return self.layouts[type_.name]
        if declaration.kind == "callback":
            return 8, 8
        raise AbiError(place, f"{type_.name} has no size")

    def type(self, declaration):
        doc = words.tidy(words.plain(declaration.doc))
        described = {"kind": declaration.kind, "name": declaration.name, "header": declaration.header,
                     "since": words.since(declaration.doc, "1.0")}
        if declaration.kind == "alias":
            described |= {**self.type_of(declaration.type), "abi": self.abi(declaration.type, declaration.place)}
        elif declaration.kind == "struct":
            described |= self.struct(declaration)
        elif declaration.kind == "callback":
            documented = words.parts(declaration.doc)
            described |= self.signature(declaration, documented)
            doc = " ".join(filter(None, [documented["brief"], documented["details"]]))
        return described | {"doc": doc}

    def struct(self, declaration):
        offset, align, fields = 0, 1, []
        for field in declaration.variables:
            size, field_align = self.size_of(field.type, field.place)
            offset = -(-offset // field_align) * field_align
            doc = words.plain(field.doc)
            described = {"name": field.name, **self.type_of(field.type), "abi": self.abi(field.type, field.place),
                         "offset": offset, "size": size * max(field.type.count, 1)}
            described |= {"count": field.type.count} if field.type.count else {}
            described |= {"nullable": True} if "FA_NULLABLE" in field.annotations else {}
            described |= self._family(doc)
            fields.append(described | {"doc": doc})
            offset, align = offset + described["size"], max(align, field_align)
        size = -(-offset // align) * align
        self.layouts[declaration.name] = (size, align)
        versioned = bool(fields) and fields[0]["name"] == "struct_size"
        return {"size": size, "align": align, "versioned": versioned, "fields": fields}

    @staticmethod
    def _family(doc):
        family = words.constants_named(doc)
        return {"constants": family} if family else {}

    # Functions

    def function(self, declaration):
        documented, marks = words.parts(declaration.doc), declaration.annotations
        if declaration.kind == "function" and "FA_SINCE" not in marks:
            raise AbiError(declaration.place, f"{declaration.name} does not say since when it is there (FA_SINCE)")
        described = {
            "name": declaration.name, "header": declaration.header, "exported": declaration.kind == "function",
            "since": ".".join(marks["FA_SINCE"]) if "FA_SINCE" in marks else words.since(declaration.doc, "1.0"),
            "leaf": "FA_LEAF" in marks, "may_block": "FA_MAY_BLOCK" in marks,
            "may_callback": "FA_MAY_CALLBACK" in marks, "must_use": "FA_MUST_USE" in marks,
            "variadic": declaration.variadic,
        }
        described |= self.signature(declaration, documented)
        if declaration.kind == "function" and not documented["thread_safety"]:
            raise AbiError(declaration.place,
                           f"{declaration.name} does not say which threads may call it (Thread safety:)")
        self._allocation(declaration, described)
        return described | {"brief": documented["brief"], "details": documented["details"],
                            "thread_safety": documented["thread_safety"]}

    def signature(self, declaration, documented):
        names = [parameter.name for parameter in declaration.variables]
        extra = documented["parameters"].keys() - set(names)
        if extra:
            listed = ", ".join(sorted(extra))
            raise AbiError(declaration.place, f"{declaration.name} documents {listed}, which it does not take")
        strict = declaration.kind != "callback"
        return {
            "result": self.result(declaration, documented),
            "parameters": [
                self.parameter(parameter, declaration, documented["parameters"].get(parameter.name, ""), strict)
                for parameter in declaration.variables],
        }

    def result(self, declaration, documented):
        type_, marks, place = declaration.type, declaration.annotations, declaration.place
        described = {**self.type_of(type_), "abi": self.abi(type_, place)}
        if type_.pointers:
            described["nullable"] = "FA_NEVER_NULL" not in marks
            described |= self._ownership(declaration.name, marks, place, declaration.kind)
        elif type_.name == "fa_status" and declaration.variables:  # a call without arguments cannot fail
            described["status"] = True
        return described | {"doc": documented["result"]}

    def _ownership(self, name, marks, place, kind):
        release = (marks.get("FA_OWNED") or marks.get("FA_RELEASED_BY") or [None])[0]
        if release:
            self.releases.setdefault(release, []).append(name)
            return {"ownership": "caller", "released_by": release}
        lifetime = "frame" if "FA_FRAME_LIFETIME" in marks else (marks.get("FA_LIFETIME") or [None])[0]
        if lifetime not in LIFETIMES and kind != "callback":
            known = ", ".join(sorted(LIFETIMES))
            raise AbiError(place, f"{name} does not say how long its result is valid: FA_OWNED(), FA_RELEASED_BY(), "
                                  f"FA_FRAME_LIFETIME or FA_LIFETIME() of {known}")
        return {"ownership": "library", "lifetime": lifetime}

    def parameter(self, parameter, declaration, doc, strict):
        type_, marks = parameter.type, parameter.annotations
        described = {"name": parameter.name, **self.type_of(type_), "abi": self.abi(type_, parameter.place),
                     "direction": self._direction(parameter, strict)}
        callback = type_.pointers == 0 and type_.name in self.declared and self.declared[type_.name].kind == "callback"
        if type_.pointers or callback:
            described["nullable"] = "FA_NULLABLE" in marks
        if callback:
            described["callback"] = type_.name
        if "FA_KEPT" in marks:
            described["kept"] = True
        if "FA_ARRAY" in marks:
            described["array"] = self._array(marks["FA_ARRAY"][0], parameter, declaration)
        elif type_.name == "char" and type_.const and type_.pointers == 1:
            described["text"] = True
        if "FA_RELEASED_BY" in marks:
            described["released_by"] = marks["FA_RELEASED_BY"][0]
            self.releases.setdefault(marks["FA_RELEASED_BY"][0], []).append(declaration.name)
        taken = declaration.annotations.get("FA_TAKES")
        if taken and declaration.variables[int(taken[0]) - 1] is parameter:
            described["taken"] = True
        return described | self._family(doc) | {"doc": doc}

    def _direction(self, parameter, strict):
        marks, type_ = parameter.annotations, parameter.type
        if "FA_OUT" in marks or "FA_INOUT" in marks:
            if not type_.pointers or (type_.const and type_.pointers == 1):
                raise AbiError(parameter.place, f"{parameter.name} is written to, but is {type_}")
            return "out" if "FA_OUT" in marks else "inout"
        declared = self.declared.get(type_.name)
        opaque = declared is not None and declared.kind == "opaque"
        writable = type_.pointers > (1 if opaque or type_.name == "void" or type_.const else 0)
        if strict and writable and not (type_.const and type_.inner_const):
            raise AbiError(parameter.place, f"{parameter.name} is {type_}, but does not say FA_OUT or FA_INOUT")
        return "in"

    @staticmethod
    def _array(count, parameter, declaration):
        if count.isdigit():
            return {"count": int(count)}
        if count not in [other.name for other in declaration.variables]:
            raise AbiError(parameter.place, f"FA_ARRAY({count}): {declaration.name} has no parameter of that name")
        return {"count": count}

    @staticmethod
    def _allocation(declaration, described):
        names = [parameter.name for parameter in declaration.variables]
        marks = declaration.annotations
        if "FA_ALLOC_SIZE" in marks:
            described["allocates"] = {"size": [names[int(index) - 1] for index in marks["FA_ALLOC_SIZE"]]}
            if "FA_ALLOC_ALIGN" in marks:
                described["allocates"]["align"] = names[int(marks["FA_ALLOC_ALIGN"][0]) - 1]

    # Macros

    def constant(self, macro):
        if macro.parameters is not None or not macro.body or macro.body[0].text == "{" or self._dialect(macro):
            return None
        value, type_name = expressions.evaluate(macro.body, self.parser.macros)
        if not isinstance(value, (int, str)):
            raise AbiError(macro.place, f"{macro.name} is neither a number nor a text")
        kind = {"char *": "text", "int": "int32"}.get(type_name) or SCALARS[type_name][1]
        if kind == "uint64":
            value = str(value)  # readers of JSON differ in what they make of numbers beyond 2^53
        doc = words.plain(macro.doc)
        return {"name": macro.name, "header": macro.header, "type": kind, "value": value,
                "since": words.since(doc, "1.0"), "doc": words.tidy(doc)}

    @staticmethod
    def macro(macro):
        doc = words.plain(macro.doc)
        return {"name": macro.name, "header": macro.header, "parameters": macro.parameters, "doc": words.tidy(doc)}

    def _initializers(self, macros, types):
        """NAME_INIT gives the values of a new struct name."""
        structs = {described["name"]: described for described in types if described["kind"] == "struct"}
        sizes = {name: layout[0] for name, layout in self.layouts.items()}
        for macro in macros:
            if not (macro.parameters is None and macro.body and macro.body[0].text == "{"):
                continue
            name = macro.name.lower().removesuffix("_init")
            if name not in structs:
                raise AbiError(macro.place, f"{macro.name} initialises no struct of that name")
            values = expressions.initializer(macro.body, self.parser.macros, sizes)
            if any(flat_values(value) - {0, None} for value in values if isinstance(value, list)):
                raise AbiError(macro.place, f"{macro.name} has a list within it that is not all zero")
            if len(values) != len(structs[name]["fields"]):
                members = len(structs[name]["fields"])
                raise AbiError(macro.place, f"{macro.name} gives {len(values)} values for {members} members")
            structs[name]["initializer"] = {"macro": macro.name, "values": values}
