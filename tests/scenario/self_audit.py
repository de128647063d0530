"""The gateway answers for itself: identifiers planted in traffic are found neither in its log nor in its memory, and the
search would find them. On the build that users run: a sanitizer keeps freed memory on purpose."""

import json
import os

from scenario import CAPTURES, SOURCE, Watch, expect, expect_equal, finish, path, run

LOG_FAILURE = 6
LOG = path("log")
CAPTURE = os.path.join(CAPTURES, "services_2025.pcapng")

# What is in the traffic, as a person with the capture sees it.
named = [json.loads(line) for line in
         run("inspect", "-r", CAPTURE, "--identifiers", "--format", "jsonl").stdout.splitlines()]
planted = sorted({line["src"] for line in named} | {line["dst"] for line in named} |
                 {line["sni"] for line in named if line["sni"]} | {line["ja3"] for line in named if line["ja3"]})
# Suffixes in the catalogue are rules and in memory as such; whole names that are rules themselves are no trace of traffic.
rules = ""
for folder, _, files in os.walk(os.path.join(SOURCE, "config")):
    for name in files:
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                rules += file.read()
planted = [text for text in planted if text not in rules]
expect(len(planted) > 15, f"only {len(planted)} identifiers are planted")

watch = Watch("-r", CAPTURE, "--log", LOG, "--tap", "tap-of-the-self-audit", "--serve", "--web.listen-address", "127.0.0.1:0")
watch.wait_for("all is read")
looked = [part for text in planted for part in ("--look-for", text)]
done = run("audit", "self", "--log", LOG, "--pid", str(watch.process.pid), "--format", "json", *looked)
expect_equal(done.returncode, 0, f"self-audit: {done.stderr} {done.stdout[-2000:]}")
answers = json.loads(done.stdout)
expect_equal([row for row in answers["looked_for"] if row["in_log"] or row["in_memory"]], [], "nothing planted is found")
expect(answers["process"]["bytes_searched"] > 1 << 20, "memory was searched")
expect_equal(answers["suspects"], [], "no text of the log looks like a person's")
categories = {row["category"]: row for row in answers["answers"]}
expect_equal(len(categories), 11, "every category is answered")
expect_equal(categories["ip_logs"]["from_log"], "could_not", "addresses from the log")
expect_equal(categories["ip_logs"]["from_process"], "conditional", "addresses from the process")
expect_equal(categories["last_connection"]["from_log"], "conditional", "counts of one session are said to be that")

# The same as an annex for an impact assessment.
annex = run("audit", "self", "--log", LOG, "--format", "md", "--look-for", "203.0.113.77")
expect(annex.stdout.startswith("# Annex: what this gateway holds\n") and "| ip_logs | could_not |" in annex.stdout
       and "| 203.0.113.77 | 0 | not looked at |" in annex.stdout, f"the annex says the same: {annex.stdout[:300]}")

# The search works: a word that is in both is found in both.
found = json.loads(run("audit", "self", "--log", LOG, "--pid", str(watch.process.pid), "--format", "json", "--look-for",
                       "tap-of-the-self-audit").stdout)["looked_for"][0]
expect(found["in_log"] > 0 and found["in_memory"] > 0, f"the control word: {found}")
expect_equal(watch.stop(), 0, "the gateway ends")

# A statement of the operator that holds an address is his own, and said; one in another text is a finding.
expect_equal(run("watch", "-r", CAPTURE, "--log", path("named"), "--tap", "tap-of-192.0.2.77").returncode, 0, "a bad tap name")
bad = run("audit", "self", "--log", path("named"))
expect_equal(bad.returncode, LOG_FAILURE, "an address in the tap's name")
expect("looks like a network address" in bad.stdout, bad.stdout)
expect_equal(run("audit", "self", "--log", LOG, "--pid", "999999999").returncode, 3, "no such process")
finish()
