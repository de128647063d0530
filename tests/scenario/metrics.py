"""A real Prometheus scrapes the gateway, and what it is asked for afterwards is what the log says."""

import json
import os
import re
import socket
import subprocess
import urllib.request

from scenario import CAPTURES, PATIENCE, Watch, entries, expect, expect_equal, finish, path, verify, wait_until


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.status, dict(answer.headers), answer.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sum_of(metrics, name):
    """Of a metric's samples in the text format."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
               if re.match(re.escape(name) + r"[{ ]", line))


log = path("log")
watch = Watch("-r", CAPTURES, "--log", log, "--web.listen-address", "127.0.0.1:0", "--serve")
url = watch.url()


def log_totals():
    """[sessions, conversations, packets, bytes] of the windows, once nothing is added any more."""
    total = [0, 0, 0, 0]
    for entry in entries(log):
        if entry["type"] == "window":
            for _, *counts in entry["counts"]:
                total = [a + b for a, b in zip(total, counts)]
    return total


files = sum(name.endswith((".pcap", ".pcapng")) for name in os.listdir(CAPTURES))
wait_until(lambda: os.path.exists(os.path.join(log, "checkpoint")) and
           sum(entry["type"] == "stop" for entry in entries(log)) == files, "every file's run has ended in the log")
totals = log_totals()
expect(totals[0] > 40, f"the captures hold sessions: {totals}")

status, headers, metrics = get(url + "metrics")
expect_equal(status, 200, "/metrics")
expect(headers["Content-Type"].startswith("text/plain; version=0.0.4"), f"content type: {headers['Content-Type']}")
linted = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
expect(linted.returncode == 0 and not linted.stdout + linted.stderr,
       f"promtool check metrics: {linted.stdout}{linted.stderr}")
expect_equal(sum_of(metrics, "unopened_sessions_total"), totals[0], "/metrics and the log agree on sessions")
for name, where in (("/-/healthy", 200), ("/-/ready", 200), ("/", 200), ("/api/v1/summary", 200)):
    expect_equal(get(url + name.lstrip("/"))[0], where, name)
summary = json.loads(get(url + "api/v1/summary")[2])
expect(str(totals[0]) in json.dumps(summary), f"the API tells the log's {totals[0]} sessions")
checkpoint = open(os.path.join(log, "checkpoint")).read()
expect_equal(get(url + "log/checkpoint")[2], checkpoint, "the served checkpoint")
for closed in ("log/tile/entries/000", "log/keys/", "log/../log/keys", "log/journal"):
    try:
        expect(False, f"{closed} is served: {get(url + closed)[0]}")
    except urllib.error.HTTPError as error:
        expect(error.code in (400, 403, 404), f"{closed} is refused: {error.code}")

port = free_port()
with open(path("prometheus.yml"), "w") as file:
    file.write(f"""
global: {{ scrape_interval: 200ms, scrape_timeout: 200ms }}
scrape_configs:
  - job_name: unopened
    static_configs: [ {{ targets: [ '{url.split('/')[2]}' ] }} ]
""")
checked = subprocess.run(["promtool", "check", "config", path("prometheus.yml")], capture_output=True, text=True)
expect_equal(checked.returncode, 0, f"promtool check config: {checked.stderr}")
prometheus = subprocess.Popen(
    ["prometheus", f"--config.file={path('prometheus.yml')}", f"--storage.tsdb.path={path('tsdb')}",
     f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    def query(expression):
        try:
            answer = json.loads(get(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.request.quote(expression)}")[2])
        except OSError:
            return None
        result = answer["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    wait_until(lambda: query("up") == 1, "Prometheus has scraped the gateway")
    wait_until(lambda: query("sum(unopened_sessions_total)") == totals[0], "Prometheus holds the log's sessions")
    expect_equal(query("sum(unopened_conversations_total)"), totals[1], "conversations, asked of Prometheus")
    expect_equal(query('sum(unopened_assessed_sessions_total{party="provider",category="live_content"})'), totals[0],
                 "every session has one answer of the provider on live content")
    expect_equal(query("unopened_build_info"), 1, "build info")
finally:
    prometheus.terminate()
    prometheus.wait(timeout=PATIENCE)

expect_equal(watch.stop(), 0, "the gateway ends in order")
verify(log)
finish()
