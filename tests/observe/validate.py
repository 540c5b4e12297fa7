#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""validate.py RANDOM: snapshots of a random allocator are JSON, follow docs/snapshot.schema.json to the letter, say
what the allocator's own figures say, and have every name as any decoder of UTF-8 has it."""

import copy
import json
import os
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "snapshot.schema.json"


def strict(schema):
    """The schema with every member that it does not name forbidden: the library writes nothing undocumented."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(part) for key, part in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def rounds(output):
    """Of each snapshot: names of tags so far, what else was said, and the text."""
    names, tags, figures, at = {}, [], {}, 0
    while at < len(output):
        end = output.index(b"\n", at)
        words = output[at:end].split()
        at = end + 1
        if words[0] == b"tag":
            tags.append(bytes.fromhex(words[1].decode()))
        elif words[0] in (b"allocator", b"lane"):
            names[words[0].decode()] = bytes.fromhex(words[1].decode())
        elif words[0] == b"figure":
            figures[words[1].decode()] = int(words[2])
        elif words[0] == b"text":
            yield names, tags, figures, output[at:at + int(words[1])]
            at += int(words[1])


def decoded(name):
    return name.decode("utf-8", "replace")


def check_texts(validator, output):
    count = 0
    for names, tags, figures, text in rounds(output):
        snapshot = json.loads(text)
        validator.validate(snapshot)
        paths = [tag["path"] for tag in snapshot["tags"]]
        assert paths == [decoded(tag) for tag in dict.fromkeys(tags)], "names of tags"
        assert snapshot["name"] == decoded(names["allocator"]), "name of the allocator"
        assert decoded(names["lane"]) in [thread["name"] for thread in snapshot["threads"]], "name of a lane"
        for key, value in figures.items():
            assert snapshot["summary"][key] == value, f"{key}: {snapshot['summary'][key]}, not {value}"
        summary = snapshot["summary"]
        assert summary["total_bytes"] == sum(summary[key] for key in figures)
        assert summary["peak_bytes"] >= summary["total_bytes"]
        for intent in snapshot["intents"].values():
            assert intent["live_count"] == intent["allocations"] - intent["frees"]
        count += 1
    assert count == 40 and len(snapshot["tags"]) > 20 and snapshot["streams"] and snapshot["diagnostics"]
    return snapshot


def check_that_it_rejects(validator, snapshot):
    """The schema is no rubber stamp."""
    for spoil in (
        lambda s: s.pop("summary"),
        lambda s: s.update(version=2),
        lambda s: s["summary"].pop("peak_bytes"),
        lambda s: s["summary"].update(total_bytes=-1),
        lambda s: s["threads"][0].update(bound="yes"),
        lambda s: s["tags"][0].update(path=""),
        lambda s: s["tags"][0].update(budget={}),
        lambda s: s["diagnostics"][0].update(severity="fatal"),
        lambda s: s.update(timestamp="yesterday"),
        lambda s: s.update(surprise=1),
    ):
        wrong = copy.deepcopy(snapshot)
        spoil(wrong)
        assert not validator.is_valid(wrong)


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(strict(schema))
    done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    print(done.stdout[:done.stdout.index(b"\n")].decode())
    snapshot = check_texts(validator, done.stdout[done.stdout.index(b"\n") + 1:])
    check_that_it_rejects(validator, snapshot)


if __name__ == "__main__":
    main()
