"""The transparency report as a publisher and a stranger use it: every format from one log, held to the closed schema and to each
other; a log that does not verify yields none; a period is what was asked for, and what is missing is said."""

import csv
import io
import json
import os
import re
import shutil
import subprocess

import jsonschema
from scenario import CAPTURES, SOURCE, UNOPENED, expect, expect_equal, finish, path, run

LOG = path("log")
USAGE, DAMAGED = 2, 6
with open(os.path.join(SOURCE, "docs", "schema", "output", "report.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

expect_equal(run("watch", "-r", CAPTURES, "--log", LOG).returncode, 0, "a log of the captures")
for arguments in (("--instrument", "us_warrant", "--date", "2024-06-03", "--service", "whatsapp", "--demands", "2", "--accounts",
                   "3", "--category", "stored_content:produced=0:not_held=2"),
                  ("--instrument", "us_nsl", "--from", "2024-01-01", "--until", "2024-06-30", "--demands", "0-249", "--accounts",
                   "0-249", "--category", "subscriber_identity")):
    done = run("demand", "add", "--log", LOG, *arguments)
    expect_equal(done.returncode, 0, f"demand add {arguments}: {done.stderr}")
expect_equal(run("demand", "commit", "--log", LOG).returncode, 0, "demand commit")


def report(*arguments):
    done = run("report", "--log", LOG, *arguments)
    expect_equal(done.returncode, 0, f"report {arguments}: {done.stderr}")
    return done.stdout


def as_json(*arguments):
    document = json.loads(report("--format", "json", *arguments))
    for error in list(VALIDATOR.iter_errors(document))[:5]:
        expect(False, f"report {arguments}: {error.json_path}: {error.message[:200]}")
    return document


# --- One log, four formats, the same numbers ----------------------------------------------------------------------------

whole = as_json()
by_year = as_json("--by", "year")
for closed in ("header", "headline"):
    odd = json.loads(json.dumps(whole))
    odd[closed]["address"] = "192.0.2.1"
    expect(not VALIDATOR.is_valid(odd), f"the schema lets an unknown member of {closed} pass")
odd = json.loads(json.dumps(whole))
odd["tables"]["headline"][0]["conversations"] = ""
expect(not VALIDATOR.is_valid(odd), "the schema lets a blank cell pass")

headline = {row["answer"]: row for row in whole["tables"]["headline"]}
total = sum(row["conversations"] for row in headline.values())
expect(total > 50, f"only {total} conversations")
expect(headline["could_not"]["conversations"] >= 3, "WhatsApp of 2024 is could_not")
expect_equal(headline["could_not"]["conversations_of"], total, "the denominator is the sum")
years = {row["period"] for row in by_year["tables"]["headline"]} - {"total"}
expect({"2015", "2019", "2024"} <= years, f"years are {years}")
for answer in headline:
    expect_equal(sum(row["conversations"] for row in by_year["tables"]["headline"]
                     if row["answer"] == answer and row["period"] != "total"),
                 headline[answer]["conversations"], f"the years of {answer} add up to the whole")

cells = list(csv.reader(io.StringIO(report("--format", "csv"), newline="")))
expect_equal(cells[0], ["cell", "value", "unit", "of"], "the head of the long CSV")
expect(all(len(row) == 4 and all(row) for row in cells), "a row of the long CSV has a blank field")
named = {row[0]: row[1] for row in cells}
expect_equal(len(named), len(cells), "a cell is named twice")
expect_equal(named["headline/total/could_not/conversations"], str(headline["could_not"]["conversations"]), "CSV and JSON")
for name, rows in whole["tables"].items():
    table = list(csv.DictReader(io.StringIO(report("--table", name), newline="")))
    expect_equal(table, [{key: str(value) for key, value in row.items()} for row in rows], f"table {name} in CSV and JSON")
expect("\r\n" in subprocess.run([UNOPENED, "report", "--log", LOG, "--table", "totals"],
                                capture_output=True, check=True).stdout.decode(), "RFC 4180 ends a line with CRLF")

markdown = report("--format", "md")
expect(markdown.startswith("# " + whole["headline"]["finding"]), "Markdown opens with the finding")
html = report("--format", "html", "--publisher", "A <b>publisher</b> & co", "--by", "year")
expect("A &lt;b&gt;publisher&lt;/b&gt; &amp; co" in html and "<b>publisher" not in html, "what is given is escaped")
expect(whole["headline"]["finding"] in html, "the page opens with the finding")
expect(not re.search(r"(src|href)=\"(?!#)", html), "the page loads or links something outside")
expect("<script" not in html and "style=\"" not in html, "the page has a script or an inline style")
expect_equal(report("--format", "json"), report("--format", "json"), "the same log gives the same report")

# --- Legal demands ------------------------------------------------------------------------------------------------------

legal = whole["tables"]
expect_equal(len(legal["legal_sources"]), 2, "two rows were entered")
expect_equal([(row["legal_process"], row["requests_received"], row["requests_content_disclosed"])
              for row in legal["legal_requests"]], [("us_warrant", "2", "0")], "a banded row is in no sum")
expect_equal([(row["legal_process"], row["requests_received"]) for row in legal["legal_bands"]], [("us_nsl", "0-249")],
             "and is told in its band")

# --- Periods ------------------------------------------------------------------------------------------------------------

one = as_json("--from", "2024-06-03", "--to", "2024-06-03")
expect_equal(sum(row["conversations"] for row in one["tables"]["headline"]),
             sum(row["conversations"] for row in by_year["tables"]["headline"] if row["period"] == "2024"),
             "the day holds what its year holds")
empty = as_json("--from", "2000-01-01", "--to", "2000-12-31")
expect("empty_period" in [note["id"] for note in empty["notes"]], "an empty period is said to be one")
expect("Nothing was recorded" in report("--from", "2000-01-01", "--to", "2000-12-31", "--format", "html"), "and on the page")
for arguments in (("--from", "2024-02-30", "--to", "2024-03-01"), ("--from", "2024-06-03"), ("--by", "fortnight"),
                  ("--from", "2025-01-01", "--to", "2024-01-01"), ("--format", "pdf"), ("--table", "nonesuch"),
                  ("--from", "1990-01-01", "--to", "2020-01-01", "--by", "day"), ("--source", "both")):
    done = run("report", "--log", LOG, *arguments)
    expect_equal((done.returncode, done.stdout), (USAGE, ""), f"report {arguments}")

# --- What if ------------------------------------------------------------------------------------------------------------

assumed = as_json("--assume", "whatsapp:messages=in_transit_only", "--assume", "wire:messages=in_transit_only@2020-01-01")
moved = {row["answer"]: row for row in assumed["tables"]["what_if"] if row["quantity"] == "headline"}
expect(moved["could_not"]["conversations_assumed"] < moved["could_not"]["conversations_recorded"], "an assumption moves answers")
expect_equal(sum(row["conversations_assumed"] for row in moved.values()), total, "and no count")
expect_equal(assumed["tables"]["headline"], whole["tables"]["headline"], "what was recorded stays")
expect("hypothetical" in [note["id"] for note in assumed["notes"]], "it is stamped")
for wrong in ("whatsapp", "nonesuch:messages=none", "whatsapp:nonesuch=none", "whatsapp:messages=maybe"):
    done = run("report", "--log", LOG, "--assume", wrong)
    expect_equal((done.returncode, done.stdout), (USAGE, ""), f"--assume {wrong}")

few = as_json("--min-count", "10", "--by", "year")
for row in few["tables"]["headline"]:
    expect(not isinstance(row["conversations"], int) or row["conversations"] == 0 or row["conversations"] >= 10,
           f"a small count was told: {row}")
expect("suppressed" in [note["id"] for note in few["notes"]], "that counts are withheld is said")
expect_equal(few["tables"]["legal_requests"], as_json("--by", "year")["tables"]["legal_requests"], "legal demands are exact")
expect_equal(run("report", "--log", LOG, "--min-count", "10", "--assume", "whatsapp:messages=none").returncode, USAGE,
             "no assumption is published")

# --- A log that does not verify -----------------------------------------------------------------------------------------

damaged = path("damaged")
shutil.copytree(LOG, damaged)
bundles = os.path.join(damaged, "tile", "entries")
bundle = os.path.join(bundles, sorted(os.listdir(bundles))[0])
with open(bundle, "r+b") as file:
    content = file.read()
    at = content.index(b'"counts":[[') + len(b'"counts":[[')
    at = content.index(b",", at) + 1
    file.seek(at)
    file.write(b"9" if content[at:at + 1] != b"9" else b"8")
output = path("none.html")
done = run("report", "--log", damaged, "-o", output)
expect_equal(done.returncode, DAMAGED, "a damaged log yields no report")
expect(not os.path.exists(output) and done.stdout == "", "and no file")
done = run("report", "--log", damaged, "--unverified", "--format", "html")
expect_equal(done.returncode, 0, f"--unverified: {done.stderr}")
expect("UNVERIFIED" in done.stdout and "(UNVERIFIED)" in done.stdout.split("</title>")[0], "its page is stamped")
expect_equal(json.loads(run("report", "--log", damaged, "--unverified", "--format", "json").stdout)["header"]["status"],
             "unverified", "and its header says so")
done = run("report", "--log", LOG, "--key", "example.org/other+00000000+" + "A" * 44)
expect(done.returncode != 0 and done.stdout == "", "another's key yields no report")

# --- Two logs -----------------------------------------------------------------------------------------------------------

second = path("second")
run("watch", "-r", os.path.join(CAPTURES, "tls13.pcap"), "--log", second)
both = run("report", "--log", LOG, "--log", second, "--format", "json")
expect_equal(both.returncode, 0, both.stderr)
both = json.loads(both.stdout)
alone = json.loads(run("report", "--log", second, "--format", "json").stdout)
expect_equal(sum(row["conversations"] for row in both["tables"]["headline"]),
             total + sum(row["conversations"] for row in alone["tables"]["headline"]), "two logs add up")
expect("several_taps" in [note["id"] for note in both["notes"]], "that two taps are added up is said")

# --- A stranger's report against the log it names -------------------------------------------------------------------------

published, withheld = path("published.json"), path("withheld.json")
for name, arguments in ((published, ("--by", "year")), (withheld, ("--min-count", "3"))):
    with open(name, "w", encoding="utf-8") as file:
        file.write(report("--format", "json", *arguments))


def verify(name, log=LOG):
    return run("report", "--verify", name, "--log", log)


expect_equal(verify(published).returncode, 0, f"the report follows from the log: {verify(published).stderr}")
run("watch", "-r", os.path.join(CAPTURES, "tls13.pcap"), "--log", LOG)
done = verify(published)
expect_equal(done.returncode, 0, f"and still does once the log has grown: {done.stderr}")
expect(re.match(r"equal: [0-9]{4,} cells ", done.stdout), done.stdout)
expect_equal(verify(withheld).returncode, 0, "so does one with withheld cells")
tampered = path("tampered.json")


def tamper(change, name=published):
    with open(name, encoding="utf-8") as original:
        document = json.load(original)
    change(document)
    with open(tampered, "w", encoding="utf-8") as out:
        json.dump(document, out)
    return verify(tampered)


def one_more(document):
    next(row for row in document["tables"]["totals"] if row["class"] == "all")["sessions"] += 1


done = tamper(one_more)
expect_equal(done.returncode, DAMAGED, "a changed cell is found")
expect("totals/total/all/sessions: " in done.stderr and done.stderr.count("\n") == 2, f"and named: {done.stderr}")
for what, change in (("a row less", lambda document: document["tables"]["services"].pop()),
                     ("a row more", lambda document: document["tables"]["legal_bands"].append({"row": "x"})),
                     ("a table less", lambda document: document["tables"].pop("losses")),
                     ("another root", lambda document: document["tables"]["logs"][0].update(root="00" * 32)),
                     ("a longer log", lambda document: document["tables"]["logs"][0].update(tree_size=10**9))):
    done = tamper(change)
    expect_equal((done.returncode, done.stdout), (DAMAGED, ""), f"{what} is found: {done.stderr}")
done = tamper(lambda document: next(row for row in document["tables"]["headline"]
                                    if row["conversations"] == "suppressed").update(conversations=2), withheld)
expect_equal(done.returncode, DAMAGED, "a told cell that ought to be withheld is found")
for what, change in (("no header", lambda document: document.pop("header")),
                     ("another schema", lambda document: document["header"].update(schema_version="2")),
                     ("no period", lambda document: document["header"].update(period_start="yesterday"))):
    expect_equal(tamper(change).returncode, 3, f"{what} is no report")

finish()
