"""SIGHUP reads the configuration again: no window mixes two catalogues, a mistake changes nothing and is told with file and
line, what needs a restart is named, and the log, which holds both digests, verifies."""

import os
import re
import shutil
import signal
import subprocess
import sys

from scenario import (CAPTURES, PATIENCE, SOURCE, Lab, Tcp, Watch, entries, expect, expect_equal, finish, path, read_pcap, run,
                      verify, wait_until)

config = path("config")
shutil.copytree(os.path.join(SOURCE, "config"), config, ignore=shutil.ignore_patterns("*.cc", "*.h", "CMakeLists.txt"))


def edit(name, old, new):
    where = os.path.join(config, name)
    with open(where, encoding="utf-8") as file:
        text = file.read()
    expect(old in text, f"{name} holds {old!r}")
    with open(where, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))


def digest():
    dumped = run("config", "dump", "--config", config)
    return re.search(r"^catalogue ([0-9a-f]{64})$", dumped.stdout + dumped.stderr, re.M).group(1)


def reload(watch, pattern):
    seen = len(watch.stderr)
    watch.process.send_signal(signal.SIGHUP)

    def told():
        for line in watch.stderr[seen:]:
            match = re.search(pattern, line)
            if match:
                return match
        return None
    return wait_until(told, f"SIGHUP is answered with {pattern!r}")


def frames_of(name):
    return [frame for _, frame in read_pcap(os.path.join(CAPTURES, name + ".pcap"))]


def get(address):
    """From inside the namespace."""
    script = f"import urllib.request; print(urllib.request.urlopen({address!r}).read().decode())"
    return subprocess.run([*lab.inside, sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE,
                          check=True).stdout


# --- Live --------------------------------------------------------------------------------------------------------------

edit("gateway.toml", "window_seconds = 60", "window_seconds = 86400")
lab = Lab()
log = path("log")
watch = Watch("-i", "tap0", "--workers", "2", "--log", log, "--legal-basis", "a test on a wire of its own", "--config", config,
              "--web.listen-address", "127.0.0.1:0", command=lab.inside)
watch.wait_for("watching tap0")
url = watch.url()


def seen_by_gateway():
    got = get(url + "metrics")
    return float(re.search(r"^unopened_packets_total (\S+)$", got, re.M).group(1))


sent = 0


def send(frames):
    global sent
    lab.send(0, frames)
    sent += len(frames)
    wait_until(lambda: seen_by_gateway() >= sent, f"{sent} packets are seen")


# One session goes on over the change; it was settled before.
http = Tcp(40001, 80).open().client(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n").server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 500)
before = list(http.frames)
http.server(b"y" * 700)
after = http.frames[len(before):]

send(before + frames_of("whatsapp_2024"))
first = digest()

edit("services/whatsapp.toml", 'title = "WhatsApp"', 'title = "WhatsApp, renamed"')
edit("services/whatsapp.toml", 'title = "personal messages"', 'titel = "personal messages"')
refused = reload(watch, r"reload refused, the catalogue in force stays: (\S+):(\d+): (.*)")
expect_equal(refused.group(1), os.path.join(config, "services/whatsapp.toml"), "the mistake's file")
expect(int(refused.group(2)) > 10, f"the mistake's line: {refused.group(0)}")
metrics = get(url + "metrics")
expect("unopened_config_last_reload_successful 0\n" in metrics, "the metric says that the last reload failed")
expect(f'unopened_catalogue_info{{digest="{first}"}} 1\n' in metrics, f"the catalogue in force is {first}")
expect('unopened_config_reloads_total{outcome="refused"} 1\n' in metrics, "a refused reload is counted")

edit("services/whatsapp.toml", 'titel = "personal messages"', 'title = "personal messages"')
edit("gateway.toml", "workers = 1", "workers = 3")
reload(watch, r"only a restart takes it up: workers")
second = digest()
expect(first != second, "another title is another catalogue")
at = watch.wait_for(r"reloaded: catalogue (\w+) of \d+ services, in force from (\S+) on")
expect(second.startswith(at.group(1)), f"the digest told is the new one's: {at.group(0)}")
wait_until(lambda: any(entry["type"] == "reload" for entry in entries(log)), "the reload is in the log")
verify(log)
send(after + frames_of("tls13"))

# Once more, back to the first catalogue: its facts are in the log already. And within the same (day's) window.
edit("services/whatsapp.toml", 'title = "WhatsApp, renamed"', 'title = "WhatsApp"')
expect_equal(digest(), first, "the first catalogue again")
watch.process.send_signal(signal.SIGHUP)
wait_until(lambda: sum(entry["type"] == "reload" for entry in entries(log)) == 2, "the second reload is in the log")
metrics = get(url + "metrics")
expect("unopened_config_last_reload_successful 1\n" in metrics, "the last reload was taken up")
expect('unopened_config_reloads_total{outcome="applied"} 2\n' in metrics, "reloads are counted")
send(http.close().frames[-3:])
expect_equal(watch.stop(), 0, f"status after Ctrl-C, with stderr {''.join(watch.stderr)!r}")
verify(log)
expect("reloads      2 within runs" in run("audit", "verify", "--log", log).stdout, "audit verify tells of the reloads")

all_entries = entries(log)
run_entry = next(entry for entry in all_entries if entry["type"] == "run")
reloads = [entry for entry in all_entries if entry["type"] == "reload"]
expect_equal(run_entry["catalogue"], first, "the run began with the first catalogue")
expect_equal([(entry["replaced_catalogue"], entry["catalogue"]) for entry in reloads], [(first, second), (second, first)],
             "each reload holds both digests")
expect_equal(reloads[0]["replaced_configuration"], run_entry["configuration"], "and those of gateway.toml")
expect_equal(reloads[0]["configuration"], run_entry["configuration"], "what needs a restart is not in the digest")
windows = [entry for entry in all_entries if entry["type"] == "window"]
expect_equal(len(windows), 3, "the window was cut twice")
ends = [entry["at"] for entry in reloads]
expect_equal([entry["start"] for entry in windows[1:]], ends, "a window begins where the one before was cut")
expect_equal(sum(entry["seen"]["packets"] for entry in windows), sent, "every packet is in a window")
facts = [(entry["catalogue"], entry["title"]) for entry in all_entries
         if entry["type"] == "service" and entry["service"] == "whatsapp"]
expect(facts[0] == (first, "WhatsApp") and facts[-1] == (second, "WhatsApp, renamed"), f"both catalogues' facts: {facts}")
plain = next(entry["shape"] for entry in all_entries if entry["type"] == "shape" and entry["protocol"] == "http")
rows = [[row for row in entry["counts"] if row[0] == plain] for entry in windows]
expect_equal([row[0][1] if row else None for row in rows], [1, 0, 0], "a session settled before counts on, under its shape")

# --- Files: from the next capture on -----------------------------------------------------------------------------------

folder = path("captures")
os.mkdir(folder)
shutil.copy(os.path.join(CAPTURES, "tls13.pcap"), os.path.join(folder, "1.pcap"))
os.mkfifo(os.path.join(folder, "2.pcap"))
shutil.copy(os.path.join(CAPTURES, "http.pcap"), os.path.join(folder, "3.pcap"))
files = path("files")
watch = Watch("-r", folder, "--log", files, "--config", config, "--format", "jsonl")
wait_until(lambda: os.path.exists(os.path.join(files, "checkpoint")) and
           any(entry["type"] == "stop" for entry in entries(files)), "the first capture is in the log")
edit("services/whatsapp.toml", 'title = "WhatsApp"', 'title = "WhatsApp, renamed"')
reload(watch, r"reloaded: catalogue \w+ of \d+ services, in force from the next capture on")
with open(os.path.join(folder, "2.pcap"), "wb") as pipe, open(os.path.join(CAPTURES, "whatsapp_2024.pcap"), "rb") as capture:
    pipe.write(capture.read())
watch.process.wait(timeout=PATIENCE)
expect_equal(watch.process.returncode, 0, f"status at the end of the files: {''.join(watch.stderr)!r}")
verify(files)
runs = [entry["catalogue"] for entry in entries(files) if entry["type"] == "run"]
expect_equal(runs, [first, first, second], "the capture after the one that was being read has the new catalogue")
finish()
