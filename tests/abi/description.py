#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""description.py JSON SCHEMA LIBRARY: the description is what the headers say, is valid, and leaves nothing out."""

import json
import pathlib
import re
import subprocess
import sys

import abi

GENERATOR = abi.ROOT / "bindings/abi/generate.py"
VALIDATE = """
import json, sys
import jsonschema
abi, schema = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(abi))
print("\\n".join(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors))
sys.exit(1 if errors else 0)
"""


def drift():
    done = abi.run(sys.executable, GENERATOR, "--check")
    print(done.stdout.strip())
    return [] if done.returncode == 0 else [done.stdout]


def pythons_with(module):
    """The interpreters at hand that have a module: Debian's packages belong to its own."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            yield python


def schema_errors(description, schema):
    python = next(pythons_with("jsonschema"), None)
    if python is None:
        print("left out: jsonschema is not installed")
        return []
    valid = abi.run(python, "-c", VALIDATE, description, schema)
    problems = [f"not valid: {valid.stdout}"] if valid.returncode else []
    spoilt = json.loads(pathlib.Path(description).read_text(encoding="utf-8"))
    spoilt["functions"][0]["leaf"] = "sometimes"
    refused = abi.run(python, "-c", VALIDATE, "/dev/stdin", schema, input=json.dumps(spoilt))
    if "functions/0/leaf" not in refused.stdout:
        problems.append(f"the schema lets everything pass: {refused.stdout}")
    return problems


def omissions(description, library):
    """Whatever the library exports, and every struct, is described; what is said not to be exported is not."""
    functions = {function["name"]: function["exported"] for function in description["functions"]}
    symbols = abi.output(abi.need("nm"), "--dynamic", "--defined-only", "--format=posix", library)
    exported = set(re.findall(r"^(fa_\w+)", symbols, re.M))
    described = {name for name, is_exported in functions.items() if is_exported}
    structs = {described["name"] for described in description["types"] if described["kind"] == "struct"}
    problems = [f"not described: {name}" for name in sorted(exported - described)]
    problems += [f"described, but not exported: {name}" for name in sorted(described - exported)]
    problems += [f"no layout: {name}" for name in sorted(abi.public_structs().keys() - structs)]
    print(f"{len(described)} functions, {len(functions) - len(described)} inline, {len(structs)} structs")
    return problems


def main():
    path, schema, library = sys.argv[1:]
    description = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    abi.finish(drift() + schema_errors(path, schema) + omissions(description, library))


if __name__ == "__main__":
    main()
