#!/usr/bin/env python3
"""Holds every entry of a log (JSON lines) to its closed schema, and the schemas to the entries.

check_schema.py SCHEMA_FOLDER ENTRIES.jsonl

A schema that would let an unknown member pass, or that no entry was held to, is a failure too.
Needs Debian's python3-jsonschema.
"""

import copy
import json
import pathlib
import sys

import jsonschema


def objects(schema):
    """Every object schema with named properties inside `schema`."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def main(schema_folder, entries):
    problems = []
    validators = {}
    for path in sorted(pathlib.Path(schema_folder).glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        for inner in objects(schema):
            if inner.get("additionalProperties") is not False:
                problems.append(f"{path}: an object is not closed: {sorted(inner['properties'])}")
        validators[path.stem] = jsonschema.Draft202012Validator(schema)

    seen = dict.fromkeys(validators, 0)
    for number, line in enumerate(open(entries, encoding="utf-8"), 1):
        entry = json.loads(line)
        kind = entry.get("type")
        if kind not in validators:
            problems.append(f"{entries}:{number}: no schema for type {kind}")
            continue
        seen[kind] += 1
        for error in validators[kind].iter_errors(entry):
            problems.append(f"{entries}:{number}: {error.json_path}: {error.message[:200]}")
        schema = validators[kind].schema
        if list(entry) != [name for name in schema["properties"] if name in entry or name in schema["required"]]:
            problems.append(f"{entries}:{number}: the members are not in the schema's order")
        # Each bad case beside the good one: a member more, a member less.
        more = {**entry, "address": "192.0.2.1"}
        if validators[kind].is_valid(more):
            problems.append(f"{entries}:{number}: the schema lets an unknown member pass")
        for member in entry:
            less = copy.copy(entry)
            del less[member]
            if validators[kind].is_valid(less):
                problems.append(f"{entries}:{number}: the schema does not miss {member}")
    problems += [f"{kind}: no entry was held to its schema" for kind, n in seen.items() if n == 0]

    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{sum(seen.values())} entries of {len(seen)} types, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
