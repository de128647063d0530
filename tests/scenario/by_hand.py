"""What docs/verifying.md tells a stranger to do by hand is done as it stands there, on a log of a few bundles; and the worked
example of docs/log_format.md is recomputed."""

import ast
import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import sys

from scenario import CAPTURES, PATIENCE, SOURCE, entries, expect, expect_equal, finish, path, run


def section(page, title):
    """The code block under a heading of a page."""
    with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as file:
        text = file.read().split(f"# {title}\n", 1)[1]
    return [block.strip("\n") for block in re.findall(r"```\n(.*?)```", re.split(r"\n##+ ", text)[0], re.DOTALL)]


LOG = path("log")
ROUNDS = 5
FILES = ("tls13.pcap", "http.pcap", "services_2025.pcapng", "ssh.pcap", "dns.pcapng")
for _ in range(ROUNDS):
    for name in FILES:
        expect_equal(run("watch", "-r", os.path.join(CAPTURES, name), "--log", LOG).returncode, 0, name)
size = len(entries(LOG))
expect(size > 256, f"more than one bundle: {size}")


def by_hand(log):
    script = section("verifying.md", "By hand")[0].replace("/tmp/", path("by-hand-"))
    return subprocess.run(["sh", "-c", script], cwd=log, capture_output=True, text=True, timeout=PATIENCE)


done = by_hand(LOG)
lines = done.stdout.splitlines()
expect_equal(len(lines), 3, f"a verdict and two hashes: {done.stdout} {done.stderr}")
expect_equal(lines[0], "Signature Verified Successfully", "OpenSSL")
expect(len(lines[1]) == 64 and lines[1] == lines[2], f"sha256sum against the tile: {lines[1:]}")

# It finds what is bent.
shutil.copytree(LOG, path("bent"))
checkpoint = os.path.join(path("bent"), "checkpoint")
with open(checkpoint, encoding="utf-8") as file:
    text = file.read()
with open(checkpoint, "w", encoding="utf-8") as file:
    file.write(text.replace(f"\n{size}\n", f"\n{size + 1}\n", 1))
bundle = os.path.join(path("bent"), "tile", "entries", "000")
with open(bundle, "r+b") as file:
    file.seek(40)
    byte = file.read(1)
    file.seek(40)
    file.write(bytes([byte[0] ^ 1]))
done = by_hand(path("bent"))
expect("Verified Successfully" not in done.stdout, f"a bent checkpoint: {done.stdout}")
hashes = [line for line in done.stdout.splitlines() if re.fullmatch("[0-9a-f]{64}", line)]
expect(len(hashes) == 2 and hashes[0] != hashes[1], f"a bent entry: {done.stdout}")

# A number.
done = subprocess.run([sys.executable, "-c", section("verifying.md", "A number, by hand")[0]], cwd=LOG, capture_output=True,
                      text=True, timeout=PATIENCE)
expect_equal(done.stderr, "", "the ten lines run")
summed = dict(ast.literal_eval(done.stdout))
inspected = {}
for name in FILES:
    told = run("watch", "-r", os.path.join(CAPTURES, name), "--log", path("again-" + name), "--format", "jsonl")
    expect_equal(told.returncode, 0, name)
    protocols = {}
    for entry in entries(path("again-" + name)):
        if entry["type"] == "shape":
            protocols[entry["shape"]] = entry["protocol"]
        elif entry["type"] == "window":
            for shape, count, *_ in entry["counts"]:
                inspected[protocols[shape]] = inspected.get(protocols[shape], 0) + ROUNDS * count
expect_equal(summed, inspected, "sessions by protocol")
expect(len(summed) >= 4, f"of several protocols: {summed}")

# The worked example.
bodies, files = section("log_format.md", "A worked example")
first, second = bodies.splitlines()
for index, entry in enumerate((first, second)):
    blind = hmac.new(bytes([7] * 32), index.to_bytes(8, "big"), hashlib.sha256).hexdigest()[:32]
    expect(entry.endswith(f',"blind":"{blind}"}}'), f"the blind of entry {index}")
leaves = [hashlib.sha256(b"\0" + entry.encode()).digest() for entry in (first, second)]
root = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
words = files.split()
expect_equal([word for word in words if re.fullmatch("[0-9a-f]{4}", word)], [f"{len(first):04x}", f"{len(second):04x}"],
             "the lengths in the bundle")
expect_equal([word for word in words if len(word) == 64], [leaf.hex() for leaf in leaves], "the tile")
expect_equal(words[-1], base64.b64encode(root).decode(), "the root")
finish()
