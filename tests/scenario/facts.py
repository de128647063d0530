"""`inspect` over every capture in the tree: each JSON line holds to its closed schema, with and without identifiers, and
the table says the same facts. Needs Debian's python3-jsonschema."""

import json
import os
import re

import jsonschema
from scenario import CAPTURES, SOURCE, expect, expect_equal, finish, run

with open(os.path.join(SOURCE, "docs", "schema", "output", "inspect.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)
with open(os.path.join(SOURCE, "docs", "schema", "shape.json"), encoding="utf-8") as file:
    SHAPE = file.read()
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
IDENTIFIERS = [name for name in SCHEMA["properties"] if name not in SCHEMA["required"]]


def sessions(*options):
    done = run("inspect", "-r", CAPTURES, "--format", "jsonl", *options)
    expect_equal(done.returncode, 0, f"inspect {options}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def words_are_those_of_the_log():
    shape = json.loads(SHAPE)

    def enum_of(node, name):
        if isinstance(node, dict):
            if isinstance(node.get(name), dict) and "enum" in node[name]:
                return node[name]["enum"]
            node = list(node.values())
        for inner in node if isinstance(node, list) else []:
            found = enum_of(inner, name)
            if found:
                return found
        return None

    for name in ("outcome", "protocol", "variant", "version", "key_exchange", "resumption", "early_data",
                 "name_visibility", "sides", "evidence"):
        expect_equal(SCHEMA["properties"][name]["enum"], enum_of(shape, name), f"words of {name}")


def lines_hold_to_the_schema(lines, identifiers):
    expect(len(lines) > 50, f"only {len(lines)} sessions")
    for line in lines:
        where = f"{line['file']} at {line['first_time']}"
        for error in VALIDATOR.iter_errors(line):
            expect(False, f"{where}: {error.json_path}: {error.message[:200]}")
        expect(not VALIDATOR.is_valid({**line, "payload": ""}), f"{where}: the schema lets an unknown member pass")
        expected = [name for name in SCHEMA["properties"] if identifiers or name not in IDENTIFIERS]
        if line["proto"] in ("tcp", "udp"):
            expect_equal(list(line), expected, f"{where}: members")


def table_says_the_same(line_of_json):
    for name in sorted(os.listdir(CAPTURES)):
        if not re.search(r"\.pcap(ng)?$", name):
            continue
        done = run("inspect", "-r", os.path.join(CAPTURES, name), "--format", "table", "--identifiers")
        expect_equal(done.returncode, 0, f"table of {name}")
        for line in line_of_json:
            if os.path.basename(line["file"]) != name:
                continue
            for member, value in line.items():
                if member != "file" and value not in ("", "none", "not_applicable"):
                    expect(str(value) in done.stdout, f"{name}: the table does not say {member} {value}")
                    expect(member in done.stdout, f"{name}: the table does not name {member}")


words_are_those_of_the_log()
plain = sessions()
named = sessions("--identifiers")
lines_hold_to_the_schema(plain, False)
lines_hold_to_the_schema(named, True)
expect_equal([[v for k, v in line.items() if k not in IDENTIFIERS] for line in named],
             [list(line.values()) for line in plain], "identifiers change nothing else")
for secret in {line[name] for line in named for name in ("sni", "ja3", "ja4", "hassh") if line.get(name)}:
    expect(all(secret not in json.dumps(line) for line in plain), f"{secret} is printed without --identifiers")
table_says_the_same(named)
finish()
