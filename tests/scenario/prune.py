"""Retention: old bodies are removed under a policy that the log states, what remains is verified, and what a hand removes is
found. Captures of 2015 and 2019, read again and again, fill the bundles that may go; later ones those that may not."""

import datetime
import hashlib
import json
import os
import shutil

from scenario import CAPTURES, expect, expect_equal, finish, path, run

LOG = path("log")
WIDTH = 256
USAGE, INPUT, LOG_FAILURE = 2, 3, 6


def watch(*captures):
    folder = path("input")
    os.mkdir(folder)
    for i, capture in enumerate(captures):
        shutil.copy(os.path.join(CAPTURES, capture), os.path.join(folder, f"{i:03}-{capture}"))
    done = run("watch", "-r", folder, "--log", LOG)
    expect_equal(done.returncode, 0, f"watch {captures}: {done.stderr}")
    shutil.rmtree(folder)


def show(*options, log=None):
    done = run("audit", "show", "--log", log or LOG, *options)
    expect_equal(done.returncode, 0, f"show: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def verify(log=None):
    done = run("audit", "verify", "--log", log or LOG)
    expect_equal(done.returncode, 0, f"verify: {done.stderr}")
    return done.stdout


def prune(before, policy="bodies are kept for five years", log=None):
    return run("audit", "prune", "--log", log or LOG, "--before", before, "--policy", policy)


def tiles():
    found = {}
    for level in os.listdir(os.path.join(LOG, "tile")):
        for folder, _, names in os.walk(os.path.join(LOG, "tile", level)) if level != "entries" else ():
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.relpath(os.path.join(folder, name), LOG)] = hashlib.sha256(file.read()).hexdigest()
    return found


def tree_size():
    with open(os.path.join(LOG, "checkpoint"), encoding="utf-8") as file:
        return int(file.read().splitlines()[1])


def grow(end, *captures):
    """Reads the captures, 15 times each, until the log has at least `end` entries."""
    watch(*captures)
    while tree_size() < end:
        watch(*captures * 15)
    return tree_size()


# Two bundles and more of 2015 and 2019, then 2024 and 2025.
grow(2 * WIDTH + 20, "whatsapp_2015.pcap", "messenger_2019.pcap")
size = grow(2 * WIDTH + 40, "messenger_2024.pcap", "whatsapp_2024.pcap")
before, told = show()
expect_equal(told, "", "all is shown")
verify()
old_tiles = tiles()
shutil.copytree(LOG, path("whole"))

# What is no request changes nothing.
for day, policy in (("2020-13-01", "x"), ("soon", "x"), ("2020-01-01", ""), ("2020-01-01", "a\nb"), ("2999-01-01", "x"),
                    ("2020-01-01", "ask alice@example.org")):
    expect_equal(prune(day, policy).returncode, USAGE, f"{day!r} {policy!r}")
expect_equal(prune("2020-01-01", log=path("nowhere")).returncode, INPUT, "no log")
nothing = prune("2015-01-01")
expect_equal(nothing.returncode, 0, nothing.stderr)
expect("nothing to prune" in nothing.stdout, nothing.stdout)
expect_equal(len(show()[0]), size, "nothing was stated either")

done = prune("2020-01-01")
expect_equal(done.returncode, 0, f"prune: {done.stderr}")
expect(f"entries below {2 * WIDTH}" in done.stdout, done.stdout)
out = verify()
removed = [i for i, entry in enumerate(before[:2 * WIDTH]) if entry["type"] in ("window", "gap", "bound", "demands")]
expect(f"{len(removed)} bodies removed" in out and "under the policy: bodies are kept for five years" in out, out)
after, told = show()
expect(f"{len(removed)} entries are not shown" in told, told)
kept = [entry for i, entry in enumerate(before) if i not in set(removed)]
expect_equal(after[:-1], kept, "everything else is there as it was")
expect_equal((after[-1]["type"], after[-1]["before"], after[-1]["policy"]),
             ("pruned", 2 * WIDTH, "bodies are kept for five years"), "the policy is an entry")
now_tiles = tiles()
for name, digest in old_tiles.items():
    if ".p" not in name:
        expect_equal(now_tiles.get(name), digest, f"pruning changed {name}")
for bundle in ("000", "001"):
    expect(not os.path.exists(os.path.join(LOG, "tile", "entries", bundle)), f"bundle {bundle} is gone")
    expect(not os.path.exists(os.path.join(LOG, "tile", "entries", bundle + ".p")), f"and nothing of it stays")
    mode = os.stat(os.path.join(LOG, "pruned", "tile", "entries", bundle)).st_mode & 0o777
    expect_equal(oct(mode), oct(0o600), "what is kept is closed")
expect_equal(os.stat(os.path.join(LOG, "pruned")).st_mode & 0o077, 0, "and so is its folder")

# It continues the log that was there before, and a kept entry is proved; a removed one is said to be.
held = run("audit", "verify", "--log", LOG, "--expect", os.path.join(path("whole"), "checkpoint"))
expect_equal(held.returncode, 0, f"it continues what was: {held.stderr}")
VKEY = os.path.join(LOG, "verifier.vkey")
expect_equal(run("audit", "disclose", "--log", LOG, "--entry", "0", "--out", path("kept")).returncode, 0, "disclose a kept one")
expect_equal(run("audit", "check-proof", "--proof", path("kept.tlog-proof"), "--entry", path("kept.json"), "--key",
                 VKEY).returncode, 0, "and check it")
gone = str(removed[0])
refused = run("audit", "disclose", "--log", LOG, "--entry", gone, "--out", path("gone"))
expect_equal(refused.returncode, INPUT, "disclose a removed one")
expect("body was removed" in refused.stderr and not os.path.exists(path("gone.json")), refused.stderr)
proved = run("audit", "prove", "--log", LOG, "--entry", gone, "--out", path("gone.tlog-proof"))
expect_equal(proved.returncode, 0, "its place can still be proved")
expect("body was removed" in proved.stderr, proved.stderr)
with open(path("handed.json"), "w", encoding="utf-8") as file:
    file.write(run("audit", "show", "--log", path("whole"), "--from", gone, "--count", "1").stdout)
expect_equal(run("audit", "check-proof", "--proof", path("gone.tlog-proof"), "--entry", path("handed.json"), "--key",
                 VKEY).returncode, 0, "to whoever was handed it in time")

# The log goes on: numbers of shapes stand, and facts are not repeated.
shapes = {entry["shape"] for entry in after if entry["type"] == "shape"}
count = len(after)
watch("messenger_2019.pcap", "whatsapp_2015.pcap")
fresh = show()[0][count:]
expect({entry["shape"] for entry in fresh if entry["type"] == "shape"} <= shapes, "shapes keep their numbers")
expect(not any(entry["type"] in ("service", "endpoint", "instrument") for entry in fresh), "facts are not repeated")
verify()

# Demands keep their bundle until their own day is before the one given.
added = run("demand", "add", "--log", LOG, "--instrument", "us_warrant", "--date", "2026-11-20", "--service", "whatsapp",
            "--category", "stored_content:not_held=1")
expect_equal(added.returncode, 0, f"demand add: {added.stderr}")
expect_equal(run("demand", "commit", "--log", LOG).returncode, 0, "demand commit")
entered = tree_size() - 1
grow(entered + 2 * WIDTH, "messenger_2024.pcap", "whatsapp_2024.pcap")
today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
again = prune(today, "bodies of earlier days are not kept")
expect_equal(again.returncode, 0, f"a second prune: {again.stderr}")
first = entered // WIDTH * WIDTH
expect(f"below {first:,}" in again.stdout or f"below entry {first:,}" in again.stdout,
       f"the demands in entry {entered} keep their bundle: {again.stdout}")
expect_equal(run("demand", "list", "--log", LOG).stdout.count("us_warrant"), 1, "and are listed")

# A second prune of a log without them.
LOG = path("second")
shutil.copytree(path("whole"), LOG)
# The machine knows that another copy is ahead; this one is somebody else's.
os.environ["UNOPENED_GUARD"] = path("guard-second")
os.mkdir(path("guard-second"))
grow(4 * WIDTH + 10, "messenger_2024.pcap", "whatsapp_2024.pcap")
expect_equal(prune("2020-01-01").returncode, 0, "the first")
again = prune("2025-01-01", "bodies of 2024 and before are not kept")
expect_equal(again.returncode, 0, f"the second: {again.stderr}")
expect(f"entries below {4 * WIDTH:,}" in again.stdout, again.stdout)
out = verify()
expect(out.count("under the policy") == 2, out)

# A bundle that a hand took is damage, and so is one of those that replaced a bundle.
for missing in (("tile", "entries", "004"), ("pruned", "tile", "entries", "001")):
    hurt = path("hurt")
    shutil.copytree(LOG, hurt)
    target = os.path.join(hurt, *missing)
    if not os.path.exists(target):
        target += ".p"
        shutil.rmtree(target)
    else:
        os.remove(target)
    found = run("audit", "verify", "--log", hurt)
    expect_equal(found.returncode, LOG_FAILURE, f"{missing} is gone: {found.stdout}")
    expect("tile/entries/" in found.stderr, found.stderr)
    shutil.rmtree(hurt)
finish()
