"""Live capture on a wire of its own: one interface with both directions and two that carry one each give the same
sessions; an orderly end and a killed process leave a log that verifies and says what was missed."""

import os
import signal

from scenario import (CAPTURES, Lab, Watch, entries, expect, expect_equal, finish, path, read_pcap, totals_by_shape,
                      verify, wait_until)

NAMES = ("tls13", "tls12_ecdhe", "tls12_static_rsa", "tls13_resumption", "curl_h2", "chromium_tls", "chromium_quic",
         "http", "smtp", "wireguard", "whatsapp_2024")
frames = [frame for name in NAMES for _, frame in read_pcap(os.path.join(CAPTURES, name + ".pcap"))]
CLIENTS = {bytes.fromhex("02005e005320"), bytes.fromhex("02005e00530b")}
half = sum(frame[6:12] in CLIENTS for frame in frames)
expect(50 < half < len(frames) - 50, f"the captures hold both directions: {half} of {len(frames)}")

lab = Lab(wires=3)


def start(log, interfaces, *options):
    watch = Watch("-i", interfaces, "--log", path(log), "--legal-basis", "a test on a wire of its own", "--web.listen-address",
                  "127.0.0.1:0", *options, command=lab.inside)
    watch.wait_for("watching " + interfaces.split(",")[0])
    return watch


def packets_in(log):
    return sum(entry["seen"]["packets"] for entry in entries(path(log)) if entry["type"] == "window")


def end(watch, log):
    expect_equal(watch.stop(), 0, f"{log}: status after Ctrl-C, with stderr {''.join(watch.stderr)!r}")
    verify(path(log))
    expect_equal([entry["type"] for entry in entries(path(log))][-1], "stop", f"{log}: the last entry")


one = start("one", "tap0")
lab.send(0, frames)
end(one, "one")
expect_equal(packets_in("one"), len(frames), "every frame of one interface is in the log")

two = start("two", "tap1,tap2")
lab.send_over([(1 if frame[6:12] in CLIENTS else 2, frame) for frame in frames])
end(two, "two")
expect_equal(packets_in("two"), len(frames), "every frame of two interfaces is in the log")

run_entry = next(entry for entry in entries(path("one")) if entry["type"] == "run")
expect("a test on a wire of its own" in str(run_entry), f"the run states its legal basis: {run_entry}")


whole, halves = totals_by_shape(path("one")), totals_by_shape(path("two"))
expect(len(whole) > 8, f"one interface gives many shapes: {len(whole)}")
for shape in whole.keys() | halves.keys():
    facts = {key: value for key, value in shape if key in ("protocol", "version", "outcome", "sides", "resumption")}
    expect_equal(halves.get(shape), whole.get(shape), f"two half interfaces against a whole one, {facts}")

# Killed in the middle: what was acknowledged stays, and the next start says what is missing.
killed = start("killed", "tap0")
lab.send(0, frames)
wait_until(lambda: os.path.exists(path("killed", "checkpoint")), "a checkpoint is on disk")
killed.stop(signal.SIGKILL)
verify(path("killed"))
before = entries(path("killed"))
again = start("killed", "tap0")
end(again, "killed")
after = entries(path("killed"))
expect_equal(after[:len(before)], before, "what stood in the log when the process was killed")
expect(any(entry["type"] == "gap" for entry in after[len(before):]),
       f"the downtime is a gap in the log: {[entry['type'] for entry in after[len(before):]]}")
finish()
