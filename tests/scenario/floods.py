"""Under a flood the gateway takes no more memory than it was configured for, and no more time a packet than its bounds
allow: SYN floods, fragments that never become whole (of many datagrams, of one, in parts that contradict each other),
tunnels in tunnels, records of 64 KiB that never end, hellos that drip. Nothing is lost: every packet of the file is in
the log, in a session or under a name.

Memory is a peak of resident bytes; time is CPU time, as a multiple of what as many ordinary packets cost.
"""

import os
import random
import struct
import subprocess

from scenario import UNOPENED, Tcp, entries, expect, expect_equal, finish, ipv4_frame, path, udp_frame, verify, write_pcap

PACKETS = 60_000
SECOND = 10**9
START = 1_748_966_400 * SECOND
random.seed(20261126)


def address(number, net=10):
    return f"{net}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def tcp_segment(sport, dport, sequence, flags, payload=b""):
    return struct.pack(">HHIIBBHHH", sport, dport, sequence & 0xffffffff, 0, 0x50, flags, 1024, 0, 0) + payload


def ordinary():
    """Datagrams of a thousand flows, a few hundred bytes each."""
    frames = [udp_frame(address(i), 4000, "192.0.2.1", 9999, bytes(300)) for i in range(1000)]
    return [frames[i % len(frames)] for i in range(PACKETS)]


def syn_flood():
    return [ipv4_frame(address(i), "192.0.2.1", 6, tcp_segment(i % 60000 + 1000, 443, i, 2)) for i in range(PACKETS)]


def fragments_of_many():
    """First and later parts of ever new datagrams, some at the far end of 64 KiB."""
    return [ipv4_frame(address(i), "192.0.2.1", 17, bytes(512), i & 0xffff, random.choice((0x2000, 0x2000 | 64, 0x2000 | 8000)))
            for i in range(PACKETS)]


def fragments_of_one():
    """The smallest parts of few datagrams, with a hole behind each, over and over."""
    return [ipv4_frame("10.0.0.1", "192.0.2.1", 17, bytes(8), i % 100, 0x2000 | (i * 2) % 8000) for i in range(PACKETS)]


def fragments_that_differ():
    return [ipv4_frame(address(i // 3), "192.0.2.1", 17, bytes([i & 255]) * 512, i // 3 & 0xffff, 0x2000 | 8 * (i % 2))
            for i in range(PACKETS)]


def deep_tunnels():
    frames = []
    for depth in (7, 8, 9, 40):
        packet = ipv4_frame("10.0.0.1", "192.0.2.1", 17, udp_frame("10.0.0.1", 5000, "192.0.2.1", 9999, bytes(64))[34:])[14:]
        for _ in range(depth):
            packet = ipv4_frame("10.0.0.1", "192.0.2.1", 4, packet)[14:]
        frames.append(bytes(12) + b"\x08\x00" + packet)
    return [frames[i % len(frames)] for i in range(PACKETS)]


def endless_records():
    """Connections whose first record says 64 KiB and goes on in segments of 1,400 bytes."""
    frames = []
    for i in range(PACKETS // 60):
        flow = Tcp(1000 + i, 443, source=address(i)).open()
        flow.client(b"\x16\x03\x01\xff\xff\x01\x00\xff\xfb\x03\x03" + bytes(1389))
        for _ in range(50):
            flow.client(bytes(1400))
        frames += flow.frames[:60]
    return (frames * (PACKETS // len(frames) + 1))[:PACKETS]


def dripping_hellos():
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(random.randrange(256) for _ in range(500))
    flows = PACKETS // 40
    frames = []
    for byte in range(40):
        for i in range(flows):
            frames.append(ipv4_frame(address(i), "192.0.2.1", 6, tcp_segment(2000, 443, 1 + byte, 16, hello[byte:byte + 1])))
    return frames[:PACKETS]


def measure(name, frames):
    file = write_pcap(path(f"{name}.pcap"), [(START + i * SECOND // 20000, frame) for i, frame in enumerate(frames)])
    log = path(f"log-{name}")
    process = subprocess.Popen([UNOPENED, "watch", "-r", file, "--log", log, "--format", "jsonl"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    expect_equal(process.returncode, 0, f"{name}: {said}")
    verify(log)
    seen = 0
    losses = {}
    for entry in entries(log):
        if entry["type"] != "window":
            continue
        seen += entry["seen"]["packets"]
        for cause, loss in entry["losses"].items():
            losses[cause] = losses.get(cause, 0) + loss[0]
    expect_equal(seen, len(frames), f"{name}: every packet is in the log")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, losses


base_time, base_memory, _ = measure("ordinary", ordinary())
# Beside what ordinary traffic takes: the fragments' table (256 datagrams of 64 KiB), the configured prefix pool
# (128 MiB), and the flow table's pages that only many flows touch (34 bytes a flow of 2^20).
FRAGMENTS = 256 * 65536 + (4 << 20)
FLOWS = 48 << 20
POOL = 128 << 20
for flood, memory, cause in ((syn_flood, FLOWS, None), (fragments_of_many, FRAGMENTS, "fragment_evicted"),
                             (fragments_of_one, FRAGMENTS, "fragment_limit"),
                             (fragments_that_differ, FRAGMENTS, "fragment_conflict"),
                             (deep_tunnels, 8 << 20, "tunnel_too_deep"), (endless_records, POOL + FLOWS, None),
                             (dripping_hellos, POOL + FLOWS, None)):
    name = flood.__name__
    took, held, losses = measure(name, flood())
    expect(held < base_memory + memory, f"{name}: {held >> 20} MiB, ordinary traffic {base_memory >> 20} MiB")
    expect(took < 20 * base_time + 0.5, f"{name}: {took:.2f} s of CPU, ordinary traffic {base_time:.2f} s")
    if cause:
        expect(losses.get(cause, 0) > PACKETS // 8, f"{name}: {cause} is named: {losses}")
finish()
