"""The page in a browser, against a gateway that replays captures and one that watches a wire: its numbers are those of /metrics
and of the log, they advance with committed windows, it stands still when told to, and nothing is asked of any other host.

With a folder as third argument it leaves its screenshots there."""

import json
import os
import re
import shutil
import sys
import urllib.request

from browser import Browser
from scenario import (CAPTURES, SOURCE, Lab, Watch, entries, expect, expect_equal, finish, path, read_pcap, run, verify,
                      wait_until)

SHOTS = sys.argv[3] if len(sys.argv) > 3 else None
LOG = path("log")


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode(), answer.headers


def metrics(url):
    """{(name, labels): value}"""
    found = {}
    for line in get(url + "metrics")[0].splitlines():
        match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if match and not line.startswith("#"):
            found[match[1], tuple(sorted(re.findall(r'(\w+)="([^"]*)"', match[2] or "")))] = float(match[3])
    return found


def counts(browser):
    """What stands on the page: {id: number}, and each as it is written."""
    shown = browser.evaluate("Object.fromEntries([...document.querySelectorAll('[data-count]')].map(e => "
                             "[e.dataset.count, [Number(e.dataset.value), e.textContent]]))")
    for name, (value, text) in shown.items():
        expect_equal(text, f"{value:,}", f"{name} as it is written")
    return {name: value for name, (value, _) in shown.items()}


def expect_as_in_metrics(shown, url):
    told = metrics(url)
    for verdict in ("could_not", "own_keys", "conditional", "undetermined", "unknown", "opaque", "could", "clear"):
        expect_equal(shown[f"verdict-{verdict}"], told["unopened_conversations_by_verdict_total", (("verdict", verdict),)],
                     f"conversations {verdict}")
    sessions = {}
    for (name, labels), value in told.items():
        labels = dict(labels)
        if name == "unopened_assessed_sessions_total" and labels["answer"] != "not_authorised":
            key = "{party}-{category}-{answer}".format(**labels)
            expect_equal(shown[key], value, f"{key} against /metrics")
        if name == "unopened_sessions_total":
            sessions[f"session-{labels['protocol']}-{labels['endpoint']}-{labels['policy']}"] = value
    expect_equal({key: value for key, value in shown.items() if key.startswith("session-")}, sessions, "sessions by row")


def expect_as_in_log(shown, log, first):
    """Summed from the windows again, by other code."""
    shapes, verdicts, answers = {}, {}, {}
    for index, entry in enumerate(entries(log)):
        if entry["type"] == "shape":
            shapes[entry["shape"]] = entry
        elif entry["type"] == "window" and index >= first:
            for number, sessions, conversations, _, _ in entry["counts"]:
                shape = shapes[number]
                for party in ("provider", "operator"):
                    for category, answer in shape[party].items():
                        key = f"{party}-{category}-{answer}"
                        answers[key] = answers.get(key, 0) + sessions
                if shape["sides"] == "both":
                    key = f"verdict-{shape['verdict']}"
                    verdicts[key] = verdicts.get(key, 0) + conversations
    for expected in (verdicts, answers):
        for key, value in expected.items():
            if key in shown or not key.endswith("not_authorised"):
                expect_equal(shown.get(key), value, f"{key} against the log")
    expect(sum(verdicts.values()) > 20, f"the log holds conversations: {verdicts}")


# --- A replay -----------------------------------------------------------------------------------------------------------

for name in ("http.pcap", "ssh.pcap"):  # what an earlier process wrote is in the log, and not of this run
    expect_equal(run("watch", "-r", os.path.join(CAPTURES, name), "--log", LOG, "--tap", "edge-1").returncode, 0, name)
first = len(entries(LOG))
watch = Watch("-r", CAPTURES, "--log", LOG, "--tap", "edge-1", "--serve", "--web.listen-address", "127.0.0.1:0")
url = watch.url()
browser = Browser()
browser.look(1440)
browser.open(url)
watch.wait_for("all is read")
size = len(entries(LOG))
browser.wait(f"Number(document.body.dataset.treeSize) === {size}", "the page has all of the log")
shown = counts(browser)
expect_as_in_metrics(shown, url)
expect_as_in_log(shown, LOG, first)
expect_equal(browser.evaluate("document.querySelectorAll('h1').length"), 1, "one heading of the first level")
summary = json.loads(get(url + "api/v1/summary")[0])
expect_equal(browser.evaluate("document.getElementById('headline').textContent"), summary["headline"], "the headline")

# The policy is strict, and nothing was asked of anybody else.
policy = get(url)[1]["Content-Security-Policy"]
expect("default-src 'none'" in policy and "unsafe" not in policy, policy)
expect(not re.search(r"<script>|<style>|\sstyle=|\son\w+=", get(url)[0]), "nothing inline in the page")
expect_equal(browser.evaluate("document.cookie"), "", "no cookie")
expect_equal(browser.hosts(), {url.split("/")[2]}, "hosts that were asked")
expect_equal(browser.complaints(), [], "the console")

# Pages of periods, at three widths, light and dark: nothing is wider than the screen.
for width in (1440, 768, 390):
    for dark in (False, True):
        browser.look(width, dark=dark)
        wide = browser.evaluate("document.documentElement.scrollWidth")
        expect(wide <= width, f"{wide} px wide on a screen of {width}")
        if SHOTS:
            browser.screenshot(os.path.join(SHOTS, f"run-{width}-{'dark' if dark else 'light'}.png"))
browser.look(1440)
for period in ("hour", "day", "week", "month"):
    browser.evaluate(f"document.querySelector('[data-period={period}]').click()")
    browser.wait(f"document.body.dataset.period === '{period}'", f"the page shows {period}")
    told = json.loads(get(url + f"api/v1/history?period={period}")[0])
    shown = counts(browser)
    expect_equal({key: shown[f"verdict-{key}"] for key in told["totals"]["verdicts"]}, told["totals"]["verdicts"], period)
    columns = browser.evaluate("document.querySelectorAll('#columns svg:last-child rect').length")
    if SHOTS:
        browser.screenshot(os.path.join(SHOTS, f"{period}.png"))
    expect(columns >= {"hour": 60, "day": 96, "week": 84, "month": 90}[period], f"{period}: {columns} columns and gaps")
expect_equal(browser.complaints(), [], "the console after all periods")
expect_equal(watch.stop(), 0, "the gateway ends")
browser.wait("document.getElementById('notice').textContent.startsWith('No connection')", "the page says that the gateway is gone")

# --- Live ---------------------------------------------------------------------------------------------------------------

configuration = path("config")
shutil.copytree(os.path.join(SOURCE, "config"), configuration)
settings = os.path.join(configuration, "gateway.toml")
with open(settings, encoding="utf-8") as file:
    text = file.read()
with open(settings, "w", encoding="utf-8") as file:
    file.write(text.replace("window_seconds = 60", "window_seconds = 1"))
lab = Lab()
live = path("live")
watch = Watch("-i", "tap0", "--log", live, "--tap", "edge-1", "--legal-basis", "a test on a wire of its own", "--config",
              configuration, "--web.listen-address", "127.0.0.1:0", command=lab.inside)
url = watch.url()
inside = Browser(command=lab.inside)
inside.look(1440)
inside.open(url)
inside.wait("document.body.dataset.period === 'hour'", "a live page begins with the last hour")
lab.send(0, [frame for name in ("tls13", "whatsapp_2024", "http", "ssh") for _, frame in read_pcap(os.path.join(CAPTURES, name + ".pcap"))])
total = "[...document.querySelectorAll('[data-count^=verdict]')].reduce((sum, e) => sum + Number(e.dataset.value), 0)"
inside.wait(f"{total} >= 3", "conversations come onto the page as they are committed")
expect("ago" in inside.evaluate("document.getElementById('age').textContent"), "the age of the last window is told")
inside.evaluate("document.getElementById('pause').click()")
still = inside.evaluate("document.body.dataset.treeSize")
wait_until(lambda: len(entries(live)) > int(still) + 4, "the log goes on while the page stands still")
expect_equal(inside.evaluate("document.body.dataset.treeSize"), still, "the page stands still")
inside.evaluate("document.getElementById('pause').click()")
inside.wait(f"Number(document.body.dataset.treeSize) > {still}", "and goes on")
if SHOTS:
    inside.screenshot(os.path.join(SHOTS, "live.png"))
expect_equal(inside.complaints(), [], "the console")
expect_equal(watch.stop(), 0, f"the gateway ends: {''.join(watch.stderr)}")
verify(live)
finish()
