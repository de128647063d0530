"""One and four workers write byte-identical entries, on a shuffled capture of many flows, some of them in tunnels and in
fragments, whose idle expiry crosses windows."""

import os
import random
import shutil

from scenario import CAPTURES, expect, expect_equal, finish, path, read_pcap, run, udp_frame, verify, write_pcap

SECOND = 10**9
random.seed(20261125)



def in_parts(frame):
    """An IPv4 frame as three fragments, in any order; what is no such frame, or too short, as it is."""
    if frame[12:14] != b"\x08\x00" or frame[14] != 0x45 or len(frame) < 34 + 48:
        return [frame]
    payload = frame[34:]
    cuts = [0, 16, 40, len(payload)]
    parts = []
    for begin, end in zip(cuts, cuts[1:]):
        header = bytearray(frame[:34])
        header[16:18] = (20 + end - begin).to_bytes(2, "big")
        header[20:22] = (begin // 8 | (0x2000 if end < len(payload) else 0)).to_bytes(2, "big")
        parts.append(bytes(header) + payload[begin:end])
    random.shuffle(parts)
    return parts


def in_vxlan(frame):
    """The frame in a tunnel between two addresses that every such frame shares."""
    return udp_frame("192.0.2.101", 49152 + len(frame) % 1000, "192.0.2.102", 4789,
                     b"\x08\0\0\0\0\0\x2a\0" + frame)


# Each recorded conversation many times, from other client addresses and at other times; now and then a long silence in
# its middle, so that flows expire while windows pass.
frames = []
start = 1_748_966_400 * SECOND
names = sorted(name for name in os.listdir(CAPTURES) if name.endswith(".pcap"))
copies = 0
for name in names:
    recorded = read_pcap(os.path.join(CAPTURES, name))
    first = recorded[0][0]
    for copy in range(12):
        copies += 1
        begin = start + random.randrange(1500 * SECOND)
        silence = random.choice((0, 0, 45 * SECOND, 700 * SECOND))
        client = bytes((198, 51, 100 + copies // 200, 1 + copies % 200))
        for i, (when, frame) in enumerate(recorded):
            # Documentation addresses of clients only; checksums are the sender's matter.
            frame = frame.replace(bytes((198, 51, 100, 20)), client)
            late = silence if i > len(recorded) // 2 else 0
            # Every fourth conversation in a tunnel, every third in fragments, some both ways.
            for part in in_parts(frame) if copy % 3 == 0 else [frame]:
                frames.append((begin + when - first + late, in_vxlan(part) if copy % 4 == 0 else part))
# A tap's two halves arrive out of order by a little.
frames.sort(key=lambda frame: frame[0] + random.randrange(SECOND // 1000))
write_pcap(path("shuffled.pcap"), frames)

logs = {}
for workers in (1, 4):
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
expect_equal(len(logs[4]), len(logs[1]), "number of entries")
different = [(a, b) for a, b in zip(logs[1], logs[4]) if a != b]
expect(not different, f"{len(different)} entries differ, the first: {different[:1]}")
finish()
