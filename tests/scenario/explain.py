"""`explain` as a reader uses it: every service of the catalogue on several days and under every instrument holds to the closed
schema and to the rules that no answer may break; the debated cases come out as published; mistakes are helped."""

import json
import os
import re

import jsonschema
from scenario import SOURCE, expect, expect_equal, finish, run

USAGE = 2
with open(os.path.join(SOURCE, "docs", "schema", "output", "explain.json"), encoding="utf-8") as file:
    VALIDATOR = jsonschema.Draft202012Validator(json.load(file))

listed = run("explain", "--list").stdout
services = re.findall(r"^  (\S+) ", listed.split("\nInstruments")[0], re.M)
instruments = re.findall(r"^  (\S+) ", listed.split("\nInstruments")[1], re.M)
expect(len(services) >= 16 and len(instruments) >= 6, f"{len(services)} services, {len(instruments)} instruments")


def explain(*arguments):
    done = run("explain", *arguments, "--format", "json")
    expect_equal(done.returncode, 0, f"explain {arguments}: {done.stderr}")
    answer = json.loads(done.stdout)
    for error in VALIDATOR.iter_errors(answer):
        expect(False, f"explain {arguments}: {error.json_path}: {error.message[:200]}")
    return answer


def holds(answer, what):
    """The rules of docs/disclosure-model.md that no answer may break."""
    for endpoint in answer["endpoints"]:
        for row in endpoint["categories"]:
            where = f"{what} {endpoint['endpoint']} {row['category']}"
            provider = row["provider"]
            if provider["answer"] == "could_not" and row["category"] != "recorded_ciphertext":
                expect(provider["sources"] or provider["reason"] == "own_keys", f"{where}: could_not without a source")
                expect(all(s["verified"] == "yes" for s in provider["sources"]), f"{where}: could_not by an unverified fact")
                expect(all(not s["from"] or s["from"] <= answer["at"] for s in provider["sources"]),
                       f"{where}: could_not by a fact that begins later")
            obtained = row["provider_obtained"]
            if obtained:
                expect(obtained["answer"] != "could_not" or provider["answer"] == "could_not",
                       f"{where}: an instrument turned {provider['answer']} into could_not")
                expect(obtained["reach"] != "out_of_scope" or obtained["answer"] == "not_authorised",
                       f"{where}: out of scope is {obtained['answer']}")
            if row["practice"] and provider["answer"] in ("could", "conditional", "unknown"):
                expect(obtained["answer"] != "could_not", f"{where}: practice turned {provider['answer']} into could_not")


for service in services:
    for day in ("2015-06-01", "2019-11-18", "2026-11-25"):
        holds(explain(service, "--at", day), f"{service} {day}")
for service in ("whatsapp", "signal", "messenger", "telegram"):
    for instrument in instruments:
        holds(explain(service, "--instrument", instrument, "--at", "2026-11-25"), f"{service} {instrument}")


def answers(*arguments, key="provider"):
    return {row["category"]: row[key].get("answer") for row in explain(*arguments)["endpoints"][0]["categories"]}


expect_equal(answers("whatsapp")["live_content"], "could_not", "WhatsApp today")
expect(answers("whatsapp", "--at", "2015-06-01")["live_content"] != "could_not", "WhatsApp before 2016-04-05")
expect_equal(answers("messenger", "--at", "2019-11-18")["live_content"], "undetermined", "Messenger in 2019")
expect_equal(answers("messenger")["live_content"], "conditional", "Messenger today")
expect_equal(answers("telegram")["live_content"], "undetermined", "Telegram")
pen = answers("whatsapp", "--instrument", "us_pen_trap", key="provider_obtained")
for category in ("stored_content", "live_content", "backups"):
    expect(pen[category] in ("not_authorised", "could_not"), f"a pen register and {category}: {pen[category]}")

# A session by hand.
expect_equal(answers("--session", "tls 1.2 static_rsa")["recorded_ciphertext"], "could", "static RSA")
expect_equal(answers("--session", "tls 1.3 pq_hybrid")["recorded_ciphertext"], "could_not", "post-quantum keys")
expect_equal(answers("--session", "tls one_side")["recorded_ciphertext"], "undetermined", "one side")
expect_equal(answers("--session", "ssh pq_hybrid")["live_content"], "could_not", "one's own SSH server")
expect_equal(answers("--session", "wireguard noise_dh")["live_content"], "undetermined", "a tunnel of nobody known")
expect_equal(answers("--session", "http clear")["live_content"], "could", "in clear")

# What a person reads.
table = run("explain", "whatsapp", "--instrument", "us_warrant").stdout
for words in ("WhatsApp (whatsapp) on 20", "subscriber identity", "not authorised", "by service policy since 2016-04-05",
              "no legal advice"):
    expect(words in table, f"the table does not say {words!r}")
expect(all(len(line) <= 140 for line in table.splitlines()), "a line of the table is wider than a screen")
markdown = run("explain", "whatsapp", "--format", "md").stdout
expect(markdown.startswith("# WhatsApp (whatsapp), "), markdown[:80])

# Mistakes.
for arguments, helped in ((("whatsap",), "did you mean whatsapp?"), (("whatsapp", "--instrument", "us_warant"), "us_warrant?"),
                          (("whatsapp", "--at", "2019-02-30"), "2019-11-18"), (("--session", "tls 1.2 statc_rsa"), "static_rsa?"),
                          (("--session", "1.2"), "which protocol"), ((), "--list"), (("whatsapp", "--format", "pdf"), "table, json")):
    done = run("explain", *arguments)
    expect_equal(done.returncode, USAGE, f"explain {arguments}")
    expect(helped in done.stderr, f"explain {arguments}: {done.stderr}")
finish()
