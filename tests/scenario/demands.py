"""Legal demands: entered as counts, committed, listed and imported again; what looks like a person is refused; the
published wiretap series reads back as it was. The series here is made up in the published columns."""

import csv
import io
import json
import os

from scenario import CAPTURES, expect, expect_equal, finish, path, run

LOG = path("log")
USAGE = 2
SERIES = path("series.csv")
COLUMNS = ["year", "authorised_total", "authorised_federal", "authorised_state", "encrypted_federal", "encrypted_state",
           "not_decrypted_federal", "not_decrypted_state", "late_reported_note", "source", "verified"]
ROWS = [["2017", "30", "20", "10", "5", "3", "2", "1", "a note, with a comma", "https://example.org/2017 (quoted)", "yes"],
        ["2018", "2937", "1457", "1480", "", "146", "", "58", "", "https://example.org/a ; https://example.org/b", "partly"],
        ["2019", "3395", "", "", "", "", "", "", "no split", "https://example.org/2019", "yes (no split)"],
        ["2020", "", "", "", "0", "", "0", "", "", "https://example.org/2020", "yes"]]
with open(SERIES, "w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows([COLUMNS, *ROWS])

expect_equal(run("watch", "-r", os.path.join(CAPTURES, "http.pcap"), "--log", LOG).returncode, 0, "a log is made")


def demand(*arguments):
    return run("demand", *arguments, "--log", LOG)


def listed(*arguments):
    done = demand("list", "--format", "jsonl", *arguments)
    expect_equal(done.returncode, 0, f"list: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


expect_equal(demand("import", SERIES).returncode, 0, "import of a published series")
expect_equal(len(listed("--pending")), 9, "two rows a year, and a third where only the total is known")
expect_equal(demand("commit").returncode, 0, "commit")
expect_equal(listed("--pending"), [], "nothing is left to commit")
verified = run("audit", "verify", "--log", LOG)
expect_equal(verified.returncode, 0, f"verify: {verified.stderr}")

# Reads back equal, cell by cell; an empty cell is unknown, and zero is zero.
by_key = {(row["from"][:4], row["authority"]): row for row in listed()}
for row in ROWS:
    cells = dict(zip(COLUMNS, row))
    for who in ("federal", "state"):
        got = by_key[(cells["year"], who)]
        for column, value in (("authorised", got["demands"]), ("encrypted", got["encryption_met"]),
                              ("not_decrypted", got["categories"]["live_content"]["encrypted"])):
            expect_equal(value, cells[f"{column}_{who}"] or "unknown", f"{cells['year']} {who} {column}")
        expect_equal(got["basis"], "published" if cells["verified"].startswith("yes") else "as_reported_unconfirmed",
                     f"{cells['year']} basis")
        expect(got["sources"] and all(s.startswith("https://example.org/") for s in got["sources"]), "sources are kept")
expect_equal(by_key[("2019", "unknown")]["demands"], "3395", "a total without a split stands for itself")

# Own demands, and bands.
added = demand("add", "--instrument", "us_warrant", "--date", "2026-11-20", "--service", "whatsapp", "--category",
               "stored_content:not_held=1", "--category", "subscriber_identity:produced=1")
expect_equal(added.returncode, 0, f"add: {added.stderr}")
band = ("add", "--instrument", "us_nsl", "--from", "2026-01-01", "--until", "2026-06-30", "--category", "subscriber_identity")
expect_equal(demand(*band, "--demands", "0-249").returncode, 0, "a band")
for exact in ("0", "1", "17"):
    refused = demand(*band, "--demands", exact)
    expect_equal(refused.returncode, USAGE, f"{exact} where only bands may be told")
    expect("bands only" in refused.stderr, refused.stderr)

# What looks like a person is refused, said, and not repeated.
for option, word, looks in (("--service", "alice@example.org", "mail address"), ("--service", "@alice", "handle"),
                            ("--service", "192.0.2.7", "network address"), ("--date", "+1 555 123 4567", "number of a line"),
                            ("--category", "the man next door", "free text"), ("--instrument", "2001:db8::7", "network address")):
    arguments = {"--instrument": "us_warrant", "--date": "2026-11-20", "--category": "stored_content", option: word}
    refused = demand("add", *[part for pair in arguments.items() for part in pair])
    expect_equal(refused.returncode, USAGE, f"{option} {word}")
    expect(looks in refused.stderr, f"{word}: {refused.stderr}")
    expect(word not in refused.stderr, f"{word} is repeated: {refused.stderr}")

# Our own CSV reads back equal, and a file with one bad row enters none.
expect_equal(demand("commit").returncode, 0, "commit once more")
written = demand("list", "--format", "csv").stdout
with open(path("own.csv"), "w", encoding="utf-8", newline="") as file:
    file.write(written)
other = path("other")
expect_equal(run("watch", "-r", os.path.join(CAPTURES, "http.pcap"), "--log", other).returncode, 0, "another log")
expect_equal(run("demand", "import", path("own.csv"), "--log", other).returncode, 0, "import of our own columns")
again = run("demand", "list", "--format", "csv", "--log", other).stdout
expect_equal(sorted(again.splitlines()), sorted(written.splitlines()), "our own columns read back equal")
rows = list(csv.reader(io.StringIO(written)))
for column, word in ((0, "yesterday"), (2, "us_letter"), (5, "bob@example.org"), (8, "many"), (8, "-1"), (11, "all"),
                     (7, "see attachment")):
    bent = [list(row) for row in rows]
    bent[-1][column] = word
    with open(path("bent.csv"), "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(bent)
    before = len(run("demand", "list", "--format", "jsonl", "--log", other).stdout.splitlines())
    refused = run("demand", "import", path("bent.csv"), "--log", other)
    expect_equal(refused.returncode, USAGE, f"column {column} {word}: {refused.stderr}")
    expect(f":{len(rows)}" in refused.stderr, f"the line is named: {refused.stderr}")
    expect_equal(len(run("demand", "list", "--format", "jsonl", "--log", other).stdout.splitlines()), before, "none entered")
for text in ("", "a,b\n1,2\n", '"open', "from,until\n"):
    with open(path("bent.csv"), "w", encoding="utf-8") as file:
        file.write(text)
    expect_equal(run("demand", "import", path("bent.csv"), "--log", other).returncode, USAGE, f"no columns: {text!r}")
expect_equal(run("demand", "list", "--log", path("nowhere")).returncode, 3, "no log")
finish()
