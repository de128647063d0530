"""One, three and four workers write byte-identical entries, on a shuffled capture of many flows whose idle expiry crosses
windows, some of them in tunnels of every kind, in tunnels in tunnels, and in fragments: of the flow, of the tunnel's outer
packet, of both; whole, twice, with a part that never comes, with one that differs."""

import itertools
import os
import random
import shutil
import struct

from scenario import (CAPTURES, entries, expect, expect_equal, finish, ipv4_frame, path, read_pcap, run, udp_frame, verify,
                      write_pcap)

SECOND = 10**9
random.seed(20261125)



idents = itertools.count(1)


def in_parts(frame):
    """An IPv4 frame as three fragments, in any order; what is no such frame, or too short, as it is. Of some one part
    comes twice, or not at all, or once more with other bytes."""
    if frame[12:14] != b"\x08\x00" or frame[14] != 0x45 or len(frame) < 34 + 48:
        return [frame]
    payload = frame[34:]
    cuts = [0, 16, 40, len(payload)]
    ident = next(idents) & 0xffff
    parts = []
    for begin, end in zip(cuts, cuts[1:]):
        header = bytearray(frame[:34])
        header[16:18] = (20 + end - begin).to_bytes(2, "big")
        header[18:20] = ident.to_bytes(2, "big")
        header[20:22] = (begin // 8 | (0x2000 if end < len(payload) else 0)).to_bytes(2, "big")
        parts.append(bytes(header) + payload[begin:end])
    fate = random.randrange(40)
    if fate == 0:
        parts.append(parts[1])
    elif fate == 1:
        parts.pop()
    elif fate == 2:
        parts.append(parts[1][:-1] + bytes([parts[1][-1] ^ 1]))
    random.shuffle(parts)
    return parts


def in_ipv6_parts(frame):
    """A flow over IPv4 as one over IPv6 (RFC 8200 §4.5), in two fragments."""
    if frame[12:14] != b"\x08\x00" or frame[14] != 0x45 or len(frame) < 34 + 32:
        return [frame]
    protocol, payload, ident = frame[23], frame[34:], next(idents)
    source, target = (bytes.fromhex("20010db8") + bytes(8) + frame[at:at + 4] for at in (26, 30))
    parts = []
    for begin, end in ((0, 24), (24, len(payload))):
        more = 1 if end < len(payload) else 0
        fragment = struct.pack(">BBHI", protocol, 0, begin | more, ident) + payload[begin:end]
        parts.append(frame[:12] + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(fragment), 44, 64) + source + target + fragment)
    random.shuffle(parts)
    return parts


# Tunnels between two addresses that all their flows share, so that only the inner flow tells whose worker's it is.

def in_vxlan(frame):
    return udp_frame("192.0.2.101", 49152 + len(frame) % 1000, "192.0.2.102", 4789, b"\x08\0\0\0\0\0\x2a\0" + frame)


def in_geneve(frame):
    return udp_frame("192.0.2.101", 49152, "192.0.2.102", 6081, b"\0\0\x65\x58\0\0\x2a\0" + frame)


def in_gre(frame):
    return ipv4_frame("192.0.2.101", "192.0.2.102", 47, b"\0\0" + frame[12:])


def in_ip(frame):
    protocol = {b"\x08\x00": 4, b"\x86\xdd": 41}.get(frame[12:14])
    return ipv4_frame("192.0.2.101", "192.0.2.102", protocol, frame[14:]) if protocol else frame


def in_gtp(frame):
    packet = frame[14:]
    return udp_frame("192.0.2.101", 2152, "192.0.2.102", 2152, struct.pack(">BBHI", 0x30, 0xff, len(packet), 42) + packet)


def in_mpls(frame):
    return frame[:12] + b"\x88\x47\0\x01\x01\x40" + frame[14:]


def in_two(frame):
    return in_gre(in_vxlan(frame))


TUNNELS = (in_vxlan, in_geneve, in_gre, in_ip, in_gtp, in_mpls, in_two)


def carried(frame, copy):
    """How the frame crosses the tap: one or more packets."""
    if copy % 3 == 0:
        parts = in_parts(frame)
    else:
        parts = in_ipv6_parts(frame) if copy % 12 == 5 else [frame]
    if copy % 2 == 0:
        tunnel = TUNNELS[copy // 2 % len(TUNNELS)]
        parts = [tunnel(part) for part in parts]
        if copy % 4 == 0:
            parts = [piece for part in parts for piece in in_parts(part)]
    return parts


# Each recorded conversation many times, from other client addresses and at other times; now and then a long silence in
# its middle, so that flows expire while windows pass.
frames = []
start = 1_748_966_400 * SECOND
names = sorted(name for name in os.listdir(CAPTURES) if name.endswith(".pcap"))
copies = 0
for name in names:
    recorded = read_pcap(os.path.join(CAPTURES, name))
    first = recorded[0][0]
    for copy in range(28):
        copies += 1
        begin = start + random.randrange(1500 * SECOND)
        silence = random.choice((0, 0, 45 * SECOND, 700 * SECOND))
        client = bytes((198, 51, 100 + copies // 200, 1 + copies % 200))
        for i, (when, frame) in enumerate(recorded):
            # Documentation addresses of clients only; checksums are the sender's matter.
            frame = frame.replace(bytes((198, 51, 100, 20)), client)
            late = silence if i > len(recorded) // 2 else 0
            for part in carried(frame, copy):
                frames.append((begin + when - first + late, part))
# A tap's two halves arrive out of order by a little.
frames.sort(key=lambda frame: frame[0] + random.randrange(SECOND // 1000))
write_pcap(path("shuffled.pcap"), frames)

logs = {}
for workers in (1, 3, 4):
    log = path(f"log-{workers}")
    if workers != 1:
        # The same keys, so that the blinds are the same too.
        os.mkdir(log, 0o700)
        shutil.copytree(path("log-1", "keys"), os.path.join(log, "keys"))
    # Two logs of one key: on one machine only under two guards.
    guard = path(f"guard-{workers}")
    os.mkdir(guard)
    watched = run("watch", "-r", path("shuffled.pcap"), "--log", log, "--workers", str(workers), "--origin",
                  "example.org/workers", env={**os.environ, "UNOPENED_GUARD": guard})
    expect_equal(watched.returncode, 0, f"{workers} workers: {watched.stderr}")
    verify(log)
    logs[workers] = run("audit", "show", "--log", log).stdout.splitlines()

windows = sum(line.startswith('{"type":"window"') for line in logs[1])
expect(windows > 20, f"the capture spans many windows: {windows}")
expect(not any(line.startswith('{"type":"bound"') for line in logs[1]), "no bound was met")
for workers in (3, 4):
    expect_equal(len(logs[workers]), len(logs[1]), f"{workers} workers: number of entries")
    different = [(a, b) for a, b in zip(logs[1], logs[workers]) if a != b]
    expect(not different, f"{workers} workers: {len(different)} entries differ, the first: {different[:1]}")

# What was to be compared was there.
shown = entries(path("log-1"))
tunnels = {entry["tunnel"] for entry in shown if entry["type"] == "shape"}
expect({"none", "vxlan", "gre", "gtp", "mpls", "ip_in_ip", "other"} <= tunnels, f"all tunnels were opened: {tunnels}")
losses = {cause for entry in shown if entry["type"] == "window" for cause in entry["losses"]}
expect({"fragment_conflict", "fragment_incomplete"} <= losses, f"fragments that never became whole are named: {losses}")
finish()
