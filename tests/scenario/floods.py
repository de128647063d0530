"""Under a flood the gateway takes no more memory than it was configured for, and no more time a packet than its bounds
allow: SYN floods, fragments that never become whole (of many datagrams, of one, in parts that contradict each other),
tunnels in tunnels, records of 64 KiB that never end, hellos that drip, handshakes that nobody goes on with, CRYPTO frames
with gaps. Nothing is lost: every packet of the file is in the log, in a session or under a name, and a bound that was met
is named with how often.

Memory is a peak of resident bytes; time is CPU time, as a multiple of what as many ordinary packets cost.
"""

import dataclasses
import os
import random
import shutil
import struct
import subprocess

import quic
from scenario import SOURCE, UNOPENED, Tcp, entries, expect, expect_equal, finish, ipv4_frame, path, udp_frame, verify, write_pcap

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


def one_endless_record():
    """One connection's record of 64 KiB, whole, and another behind it, to the end of the file: what one flow may hold."""
    flow = Tcp(1000, 443).open()
    flow.client(b"\x16\x03\x01\xff\xff\x01\x00\xff\xfb\x03\x03" + bytes(1389))
    for _ in range(PACKETS - 4):
        flow.client(b"\x16\x03\x01\xff\xff" + bytes(1395))
    return flow.frames


def one_dripping_hello():
    """All of a hello of 60,000 bytes in segments of one byte."""
    flow = Tcp(1000, 443).open()
    hello = b"\x16\x03\x01\xea\x60\x01\x00\xea\x5c\x03\x03" + random.randbytes(PACKETS - 14)
    for byte in range(PACKETS - 3):
        flow.client(hello[byte:byte + 1])
    return flow.frames


def unfinished_handshakes():
    """Connections that begin a hello of 4 KiB, in two segments with a hole between, and are never heard of again."""
    frames = []
    hello = b"\x16\x03\x01\x10\x00\x01\x00\x0f\xfc\x03\x03" + random.randbytes(489)
    for i in range(PACKETS // 5):
        flow = Tcp(1000 + i % 60000, 443, source=address(i)).open().client(hello)
        flow.next[0] += 1000
        frames += flow.client(hello).frames
    return frames


def crypto_gaps():
    """Initials whose CRYPTO frames leave a hole between any two, at ever other places of a hello of 15 KiB. Initial keys
    follow from the connection id alone, so flows may share their datagrams."""
    destination = bytes.fromhex("8394c8f03e515708")
    parts = []
    for number in range(12):
        offsets = range(number * 1250, number * 1250 + 1250, 25)
        frames = b"".join(quic.crypto(at, b"\x01\x00\x3c\x00\x03" if at == 0 else random.randbytes(5)) for at in offsets)
        parts.append(quic.initial(destination, number, frames))
    flows = PACKETS // 48
    return [udp_frame(address(i), 4000, "192.0.2.1", 443, part) for part in parts for i in range(flows)]


@dataclasses.dataclass
class Measured:
    cpu: float
    memory: int
    losses: dict
    bounds: dict
    protocols: dict


def small_bounds():
    """The tree's configuration with little room."""
    folder = path("small")
    shutil.copytree(os.path.join(SOURCE, "config"), folder)
    name = os.path.join(folder, "gateway.toml")
    with open(name) as file:
        text = file.read()
    for key, value in SMALL.items():
        before, found, after = text.partition(f"\n{key} = ")
        expect(found, f"gateway.toml has {key}")
        text = f"{before}{found}{value}\n{after.partition(chr(10))[2]}"
    with open(name, "w") as file:
        file.write(text)
    return folder


def capture(name, flood):
    """Writes the file in a process of its own, since Linux counts what a process held before exec() in its peak. Returns
    its path and how many packets it has."""
    file = path(f"{name}.pcap")
    told, tells = os.pipe()
    writer = os.fork()
    if writer == 0:
        frames = flood()
        write_pcap(file, [(START + i * SECOND // 20000, frame) for i, frame in enumerate(frames)])
        os.write(tells, str(len(frames)).encode())
        os._exit(0)
    os.close(tells)
    with os.fdopen(told) as pipe:
        count = int(pipe.read())
    os.waitpid(writer, 0)
    return file, count


def measure(name, flood, *options):
    file, count = capture(name, flood)
    log = path(f"log-{name}")
    process = subprocess.Popen([UNOPENED, "watch", "-r", file, "--log", log, "--format", "jsonl", *options],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    expect_equal(process.returncode, 0, f"{name}: {said}")
    verify(log)
    seen = 0
    losses, bounds, protocols = {}, {}, {}
    shapes = {}
    for entry in entries(log):
        if entry["type"] == "shape":
            shapes[entry["shape"]] = entry["protocol"]
        elif entry["type"] == "bound":
            bounds[entry["bound"]] = bounds.get(entry["bound"], 0) + entry["met"]
        elif entry["type"] == "window":
            seen += entry["seen"]["packets"]
            for cause, loss in entry["losses"].items():
                losses[cause] = losses.get(cause, 0) + loss[0]
            for number, sessions, *_ in entry["counts"]:
                protocols[shapes[number]] = protocols.get(shapes[number], 0) + sessions
    expect_equal(seen, count, f"{name}: every packet is in the log")
    os.remove(file)
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, losses, bounds, protocols)


# Beside what ordinary traffic takes: the fragments' table (256 datagrams of 64 KiB), the configured prefix pool
# (128 MiB), the flow table's pages that only many flows touch (34 bytes a flow of 2^20), and what one flow may hold.
FRAGMENTS = 256 * 65536 + (4 << 20)
FLOWS = 48 << 20
POOL = 128 << 20
ONE = 4 << 20
SMALL = {"flow_capacity": 4096, "tracked_capacity": 1024, "prefix_pool_bytes": 2 << 20}

base = measure("ordinary", ordinary)
quiet = measure("quiet", lambda: ordinary()[:1])
expect_equal(base.bounds, {}, "ordinary traffic meets no bound")
for flood, memory, cause in ((syn_flood, FLOWS, None), (fragments_of_many, FRAGMENTS, "fragment_evicted"),
                             (fragments_of_one, FRAGMENTS, "fragment_limit"),
                             (fragments_that_differ, FRAGMENTS, "fragment_conflict"),
                             (deep_tunnels, 8 << 20, "tunnel_too_deep"), (endless_records, POOL + FLOWS, None),
                             (dripping_hellos, POOL + FLOWS, None), (unfinished_handshakes, POOL + FLOWS, None),
                             (crypto_gaps, POOL + FLOWS, None)):
    name = flood.__name__
    got = measure(name, flood)
    expect(got.memory < base.memory + memory, f"{name}: {got.memory >> 20} MiB, ordinary traffic {base.memory >> 20} MiB")
    expect(got.cpu < 20 * base.cpu + 0.5, f"{name}: {got.cpu:.2f} s of CPU, ordinary traffic {base.cpu:.2f} s")
    if cause:
        expect(got.losses.get(cause, 0) > PACKETS // 8, f"{name}: {cause} is named: {got.losses}")
    expect(not set(got.bounds) - {"reassembly"}, f"{name}: there is room for all: {got.bounds}")
    if flood is crypto_gaps:
        expect_equal(set(got.protocols), {"quic"}, f"{name}: its packets are opened")

for flood in (one_endless_record, one_dripping_hello):
    name = flood.__name__
    got = measure(name, flood)
    expect(got.memory < quiet.memory + ONE, f"{name}: {got.memory >> 20} MiB, one packet {quiet.memory >> 20} MiB")
    expect_equal(sum(got.protocols.values()), 1, f"{name}: it is one session")

# The same with little room: memory stays below all that is configured, and each bound that was met is named.
small = ("--config", small_bounds())
base = measure("ordinary-small", ordinary, *small)
for flood, met in ((syn_flood, {"flow_table": PACKETS - SMALL["flow_capacity"],
                                "tracked_flows": PACKETS - SMALL["tracked_capacity"]}),
                   (unfinished_handshakes, {"flow_table": 1, "prefix_pool": 1}),
                   (dripping_hellos, {"tracked_flows": PACKETS // 40 - SMALL["tracked_capacity"]}),
                   (crypto_gaps, {"prefix_pool": 1})):
    name = f"{flood.__name__}-small"
    got = measure(name, flood, *small)
    expect(got.memory < base.memory + SMALL["prefix_pool_bytes"] + ONE,
           f"{name}: {got.memory >> 20} MiB, ordinary traffic {base.memory >> 20} MiB")
    for bound, least in met.items():
        expect(got.bounds.get(bound, 0) >= least, f"{name}: {bound} was met: {got.bounds}")
finish()
