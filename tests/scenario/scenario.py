"""What the scenario tests share: running the built gateway as a user would, and frames to feed it.

A scenario is called with the path of `unopened` and of the source tree. It says every broken expectation, not only the
first, and fails if there was one. Nothing here waits for a fixed time where it can wait for a sign.
"""

import atexit
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.path.abspath(sys.argv[2])
CAPTURES = os.path.join(SOURCE, "tests", "captures")
# Long enough for a sanitizer build on a busy machine; a bound on hanging, never an expectation.
PATIENCE = 90

WORK = tempfile.mkdtemp(prefix="unopened-scenario-")
os.chmod(WORK, 0o755)
# A copy of its own: a build that links the program anew while a scenario runs would leave it with two programs, or none.
UNOPENED = shutil.copy2(os.path.abspath(sys.argv[1]), os.path.join(WORK, "unopened"))
# The guards of these logs are no matter of the machine's; anyone may be the gateway's user.
GUARD = os.path.join(WORK, "guard")
os.mkdir(GUARD)
os.chmod(GUARD, 0o1777)
os.environ["UNOPENED_GUARD"] = GUARD
atexit.register(shutil.rmtree, WORK, True)

_broken = []


def expect(condition, message):
    if not condition:
        _broken.append(message)
        print("BROKEN:", message, flush=True)
    return bool(condition)


def expect_equal(got, wanted, message):
    return expect(got == wanted, f"{message}: got {got!r}, wanted {wanted!r}")


def finish():
    if _broken:
        print(f"{len(_broken)} expectations broken")
        sys.exit(1)
    print("all expectations held")
    sys.exit(0)


def path(*names):
    return os.path.join(WORK, *names)


def run(*arguments, stdin=b"", **options):
    """Runs `unopened ARGUMENTS...` to its end."""
    done = subprocess.run([UNOPENED, *arguments], input=stdin, capture_output=True, timeout=PATIENCE, **options)
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise RuntimeError(f"waited in vain until {what}")


class Watch:
    """A running `unopened watch`; its output is kept as it comes."""

    def __init__(self, *arguments, command=(), **options):
        if "-i" in arguments:
            # Live capture refuses ptrace to itself, which is how the leak sanitizer looks; leaks are looked for elsewhere.
            environment = dict(options.get("env") or os.environ)
            environment["ASAN_OPTIONS"] = ":".join(filter(None, (environment.get("ASAN_OPTIONS"), "detect_leaks=0")))
            options["env"] = environment
        self.process = subprocess.Popen([*command, UNOPENED, "watch", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, **options)
        self.stdout = []
        self.stderr = []
        self._threads = [threading.Thread(target=self._keep, args=(stream, kept), daemon=True)
                         for stream, kept in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))]
        for thread in self._threads:
            thread.start()
        atexit.register(self.kill)

    @staticmethod
    def _keep(stream, kept):
        for line in stream:
            kept.append(line)

    def wait_for(self, pattern):
        """The first line of stderr that matches."""
        def found():
            for line in list(self.stderr):
                match = re.search(pattern, line)
                if match:
                    return match
            if self.process.poll() is not None:
                raise RuntimeError(f"watch ended with {self.process.returncode} before {pattern!r}: "
                                   f"{''.join(self.stderr)}")
            return None
        return wait_until(found, f"stderr says {pattern!r}")

    def url(self):
        return self.wait_for(r"serving (http://\S+/) ").group(1)

    def stop(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=PATIENCE)
        for thread in self._threads:
            thread.join(timeout=PATIENCE)
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


# --- Namespaces and wires ----------------------------------------------------------------------------------------------

def shell(*command):
    subprocess.run(command, check=True, capture_output=True)


class Lab:
    """A network namespace with veth pairs; what is sent into `feedN` is seen on `tapN`. IPv6 is off, so that nothing but
    the test speaks."""

    def __init__(self, wires=1):
        self.name = f"unopened-{os.getpid()}"
        shell("ip", "netns", "add", self.name)
        atexit.register(subprocess.run, ["ip", "netns", "del", self.name], capture_output=True)
        self.taps = []
        for i in range(wires):
            shell(*self.inside, "ip", "link", "add", f"tap{i}", "type", "veth", "peer", "name", f"feed{i}")
            for end in (f"tap{i}", f"feed{i}"):
                shell(*self.inside, "sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{end}/disable_ipv6")
                shell(*self.inside, "ip", "link", "set", end, "up")
            self.taps.append(f"tap{i}")
        shell(*self.inside, "ip", "link", "set", "lo", "up")

    @property
    def inside(self):
        # Not `ip netns exec`, which also mounts, and so fails in a chroot.
        return ("nsenter", f"--net=/run/netns/{self.name}")

    def send(self, wire, frames):
        """Sends frames, whole, one after the other."""
        self.send_over([(wire, frame) for frame in frames])

    def send_over(self, wired):
        """Sends (wire, frame) in this order."""
        listing = path(f"frames-{time.monotonic_ns()}")
        with open(listing, "wb") as file:
            for wire, frame in wired:
                file.write(struct.pack("<II", wire, len(frame)) + frame)
        shell(*self.inside, sys.executable, "-c", _SENDER, listing)


_SENDER = """
import socket, struct, sys, time
outs = {}
with open(sys.argv[1], "rb") as file:
    sent = 0
    while head := file.read(8):
        wire, size = struct.unpack("<II", head)
        if wire not in outs:
            outs[wire] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            outs[wire].bind((f"feed{wire}", 0))
        outs[wire].send(file.read(size))
        sent += 1
        if sent % 64 == 0: time.sleep(0.002)
"""


# --- Captures ----------------------------------------------------------------------------------------------------------

def read_pcap(name):
    """[(nanoseconds, frame)] of a little-endian pcap file."""
    with open(name, "rb") as file:
        data = file.read()
    magic, = struct.unpack_from("<I", data)
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[magic]
    at, frames = 24, []
    while at < len(data):
        seconds, fraction, size, _ = struct.unpack_from("<IIII", data, at)
        frames.append((seconds * 10**9 + fraction * unit, data[at + 16:at + 16 + size]))
        at += 16 + size
    return frames


def write_pcap(name, frames):
    with open(name, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        for when, frame in frames:
            file.write(struct.pack("<IIII", when // 10**9, when % 10**9, len(frame), len(frame)) + frame)
    return name


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4_frame(source, target, protocol, payload, ident=0, fragment=0x4000):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(target))
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return bytes.fromhex("02005e00530b02005e00530a0800") + header + payload


def transport_sum(source, target, protocol, segment):
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack(">BBH", 0, protocol, len(segment))
    return checksum(pseudo + segment)


def udp_frame(source, sport, target, dport, payload):
    datagram = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    datagram = datagram[:6] + struct.pack(">H", transport_sum(source, target, 17, datagram) or 0xffff) + datagram[8:]
    return ipv4_frame(source, target, 17, datagram)


SYN, FIN, ACK, PSH, RST = 2, 1, 16, 8, 4


class Tcp:
    """A connection as frames; client first."""

    def __init__(self, sport, dport, source="198.51.100.20", target="192.0.2.10"):
        self.ends = ((source, sport), (target, dport))
        self.next = [1000, 5000]
        self.frames = []

    def segment(self, side, flags, payload=b"", sequence=None):
        (source, sport), (target, dport) = self.ends[side], self.ends[1 - side]
        sequence = self.next[side] if sequence is None else sequence
        segment = struct.pack(">HHIIBBHHH", sport, dport, sequence & 0xffffffff, self.next[1 - side], 0x50, flags, 64240,
                              0, 0) + payload
        total = transport_sum(source, target, 6, segment)
        return ipv4_frame(source, target, 6, segment[:16] + struct.pack(">H", total) + segment[18:])

    def send(self, side, flags, payload=b""):
        self.frames.append(self.segment(side, flags, payload))
        self.next[side] += len(payload) + (1 if flags & (SYN | FIN) else 0)
        return self

    def open(self):
        return self.send(0, SYN).send(1, SYN | ACK).send(0, ACK)

    def client(self, payload):
        return self.send(0, PSH | ACK, payload)

    def server(self, payload):
        return self.send(1, PSH | ACK, payload)

    def close(self):
        return self.send(0, FIN | ACK).send(1, FIN | ACK).send(0, ACK)


# --- The log -----------------------------------------------------------------------------------------------------------

def entries(log, *options):
    import json
    shown = run("audit", "show", "--log", log, *options)
    expect_equal(shown.returncode, 0, f"audit show {log}: {shown.stderr}")
    return [json.loads(line) for line in shown.stdout.splitlines()]


def totals_by_shape(log):
    """{shape's own fields: [sessions, conversations, packets, bytes]} over all windows."""
    shapes, totals = {}, {}
    for entry in entries(log):
        if entry["type"] == "shape":
            shapes[entry["shape"]] = tuple(sorted(
                (key, str(value)) for key, value in entry.items() if key not in ("shape", "blind", "type")))
        elif entry["type"] == "window":
            for number, *counts in entry["counts"]:
                total = totals.setdefault(shapes[number], [0, 0, 0, 0])
                for i, count in enumerate(counts):
                    total[i] += count
    return totals


def verify(log):
    verified = run("audit", "verify", "--log", log)
    expect_equal(verified.returncode, 0, f"audit verify {log}: {verified.stderr}")
