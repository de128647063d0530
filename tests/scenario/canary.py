"""No word that a person sent is in anything the gateway writes or keeps: a canary in application data, names, bodies,
fragments, conflicting copies and error paths, in a file and on a live interface, is in no output, log, metric, page,
and in no core dump taken once the flows are settled.

Each canary is CANARY followed by where it was planted, so that a find says which path leaked. Controls show that the
search would find what is there.
"""

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request

from scenario import (ACK, CAPTURES, PATIENCE, PSH, Lab, Tcp, Watch, entries, expect, expect_equal, finish, ipv4_frame, path, read_pcap,
                      run, udp_frame, verify, wait_until, write_pcap)

MARK = re.compile(rb"canary[a-z0-9]{3,}", re.IGNORECASE)
CONTROL = "control7f3e9a"


def word(where):
    """A canary, long enough to be no accident."""
    return ("CANARY" + where).encode()


def tls_hello(name):
    """A ClientHello with this server name, bent from a recorded one: only the name's bytes differ."""
    for _, frame in read_pcap(os.path.join(CAPTURES, "tls13.pcap")):
        at = frame.find(b"server.example.org")
        if at >= 0:
            record = frame[frame.find(b"\x16\x03\x01"):]
            return record.replace(b"server.example.org", name.ljust(18, b"x")[:18])
    raise AssertionError("tls13.pcap has no hello")


def server_hello():
    for _, frame in read_pcap(os.path.join(CAPTURES, "tls13.pcap")):
        at = frame.find(b"\x16\x03\x03")
        if at >= 0 and frame[at + 5] == 2:
            return frame[at:]
    raise AssertionError("tls13.pcap has no answer")


def record(payload):
    return b"\x17\x03\x03" + len(payload).to_bytes(2, "big") + payload


def planted():
    """Frames with a canary on every path a byte can take."""
    flows = []
    http = Tcp(40001, 80).open()
    http.client(b"GET /" + word("httppath") + b" HTTP/1.1\r\nHost: " + word("httphost") +
                b".example.org\r\nCookie: " + word("httpcookie") + b"\r\n\r\n")
    http.server(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + word("httpbody"))
    http.client(b"POST / HTTP/1.1\r\nHost: example.org\r\n\r\n" + word("httppost") * 40)
    flows.append(http.close())

    smtp = Tcp(40002, 25).open()
    smtp.server(b"220 " + word("smtpbanner") + b" ESMTP\r\n")
    smtp.client(b"EHLO " + word("smtpehlo") + b"\r\n").server(b"250 " + word("smtpreply") + b"\r\n")
    smtp.client(b"MAIL FROM:<" + word("smtpfrom") + b"@example.org>\r\n").server(b"250 ok\r\n")
    smtp.client(b"RCPT TO:<" + word("smtprcpt") + b"@example.org>\r\n").server(b"250 ok\r\n")
    smtp.client(b"DATA\r\n").server(b"354 go\r\n").client(word("smtpdata") + b"\r\n.\r\n").server(b"250 ok\r\n")
    flows.append(smtp.close())

    tls = Tcp(40003, 443).open()
    tls.client(tls_hello(word("tlssni"))).server(server_hello())
    tls.client(record(word("tlsdata") * 20)).server(record(word("tlsanswer") * 60))
    flows.append(tls.close())

    # A hello that never ends: kept until the flow settles, and gone then.
    parked = Tcp(40004, 443).open()
    parked.client(tls_hello(word("tlsparked"))[:200] + word("tlshalf"))
    parked.frames.append(parked.segment(0, 4 | ACK))  # a reset
    flows.append(parked)

    # Out of order, twice, and with a copy that disagrees.
    shuffled = Tcp(40005, 443).open()
    hello = tls_hello(word("tlsshuffle"))
    begin = shuffled.next[0]
    for cut in (300, 0, 100, 0):
        shuffled.frames.append(shuffled.segment(0, PSH | ACK, hello[cut:cut + 150], begin + cut))
    shuffled.frames.append(shuffled.segment(0, PSH | ACK, word("conflicting") * 9, begin + 20))
    shuffled.next[0] = begin + len(hello)
    flows.append(shuffled.server(word("afterconflict")).close())

    # No protocol at all, in both directions; an unknown one; the middle of something.
    text = Tcp(40006, 7777).open().client(word("textclient") * 3).server(word("textserver") * 3)
    flows.append(text.close())
    middle = Tcp(40007, 443)
    flows.append(middle.client(word("midstream") * 5).server(word("midanswer") * 5))
    scan = Tcp(40008, 443)
    scan.frames.append(scan.segment(0, 2, word("synpayload")))  # data on a SYN
    flows.append(scan)
    ftp = Tcp(40009, 21).open().server(b"220 " + word("ftpbanner") + b"\r\n").client(b"USER " + word("ftpuser") + b"\r\n")
    flows.append(ftp.client(b"PASS " + word("ftppass") + b"\r\n").close())
    ssh = Tcp(40010, 22).open().client(b"SSH-2.0-" + word("sshbanner") + b"\r\n")
    flows.append(ssh.server(b"SSH-2.0-" + word("sshserver") + b"\r\n").client(word("sshgarbage") * 9).close())
    noise = Tcp(40011, 5222).open().client(b"WA\x06\x03\x00\x00\x40" + word("noise") * 6)
    flows.append(noise.server(b"\x00\x00\x40" + word("noiseanswer") * 6).close())

    frames = [frame for flow in flows for frame in flow.frames]
    a, b = "198.51.100.20", "192.0.2.10"
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + bytes([9 + 0]) + word("dns")[:9] + b"\x07example\x03org\x00" + b"\x00\x01\x00\x01"
    frames.append(udp_frame(a, 40020, b, 53, query))
    frames.append(udp_frame(b, 53, a, 40020, query[:2] + b"\x81\x80" + query[4:]))
    frames.append(udp_frame(a, 40021, b, 9999, word("udptext") * 5))
    frames.append(udp_frame(a, 40022, b, 443, b"\xc0\x00\x00\x00\x01\x08" + word("quiclike") * 90))
    frames.append(udp_frame(a, 40023, b, 51820, b"\x01\x00\x00\x00" + (word("wireguard") * 20)[:144]))
    # IP fragments: whole after the second, one that never comes whole, and one that overlaps.
    whole = udp_frame(a, 40024, b, 9998, word("fragmented") * 30)[34:]
    frames.append(ipv4_frame(a, b, 17, whole[:160], 7, 0x2000))
    frames.append(ipv4_frame(a, b, 17, whole[160:], 7, 20))
    frames.append(ipv4_frame(a, b, 17, whole[:160], 8, 0x2000))
    frames.append(ipv4_frame(a, b, 17, word("overlapping") * 8, 8, 0x2000 | 5))
    # Frames that no decoder likes: a header that lies, an unknown link protocol, a tail cut off.
    good = udp_frame(a, 40025, b, 9997, word("liar") * 20)
    frames.append(good[:16] + b"\xff\xff" + good[18:])
    frames.append(good[:12] + b"\x88\xb5" + word("etherexperimental") * 4)
    frames.append(good[:60])
    frames.append(good[:14] + b"\x4f" + good[15:])
    return frames


def search(data, where):
    found = sorted({match.group(0).decode() for match in MARK.finditer(data)})
    # As UTF-16 too: what a wide string would hold.
    found += sorted({m.group(0).decode("utf-16-le") for m in re.finditer(rb"(?:[Cc]\0[Aa]\0[Nn]\0[Aa]\0[Rr]\0[Yy]\0)(?:[a-z]\0)+", data)})
    expect(not found, f"{where} holds {found[:12]}")


def search_folder(folder):
    names = [os.path.join(root, name) for root, _, files in os.walk(folder) for name in files]
    expect(len(names) > 4, f"{folder} holds a log")
    for name in names:
        with open(name, "rb") as file:
            search(file.read(), name)
    return b"".join(open(name, "rb").read() for name in names)


def search_web(url):
    for page in ("", "metrics", "api/v1/summary", "log/checkpoint", "-/ready", "ECHOrequest", "log/ECHOrequest"):
        try:
            with urllib.request.urlopen(url + page, timeout=PATIENCE) as answer:
                body = answer.read() + str(answer.headers).encode()
        except urllib.error.HTTPError as error:
            body = error.read() + str(error.headers).encode()
        search(body, url + page)
        expect(b"ECHO" not in body, f"an error page repeats what was asked: {page}")


def core_of(pid, name):
    """What a core dump of the process would hold: gdb's gcore writes what the kernel's coredump_filter lets through."""
    prefix = path(name)
    made = subprocess.run(["gcore", "-o", prefix, str(pid)], capture_output=True, text=True, timeout=4 * PATIENCE)
    core = f"{prefix}.{pid}"
    if not expect(made.returncode == 0 and os.path.exists(core), f"gcore: {made.stdout[-300:]} {made.stderr[-300:]}"):
        return
    hits, control, tail = set(), False, b""
    with open(core, "rb") as file:
        while chunk := file.read(1 << 24):
            data = tail + chunk
            hits |= {match.group(0) for match in MARK.finditer(data)}
            control |= CONTROL.encode() in data
            tail = data[-256:]
    os.unlink(core)
    expect(control, f"{name}: the core dump holds the control word, so the search works")
    expect(not hits, f"{name}: the core dump holds {sorted(hits)[:12]}")


frames = planted()
expect(MARK.search(b"".join(frames)), "the frames hold canaries")
capture = write_pcap(path("letters.pcap"), [(1_748_966_400 * 10**9 + i * 2_000_000, frame)
                                          for i, frame in enumerate(frames)])
# Files that end badly, in the middle of a word.
with open(capture, "rb") as whole, open(path("torn.pcap"), "wb") as torn:
    data = whole.read()
    torn.write(data[:data.rfind(b"CANARYliar") + 8])

# --- Files -------------------------------------------------------------------------------------------------------------
for name, status in (("letters.pcap", 0), ("torn.pcap", 8)):
    log = path("log-" + name)
    for output in ("summary", "jsonl"):
        watched = run("watch", "-r", path(name), "--log", log, "--tap", CONTROL, "--format", output)
        expect_equal(watched.returncode, status, f"watch {name}: {watched.stderr}")
        search(watched.stdout.encode() + watched.stderr.encode(), f"what watch --format {output} says of {name}")
        expect(CONTROL in watched.stdout or output == "summary", "the output holds the control word")
    inspected = run("inspect", "-r", path(name))
    search(inspected.stdout.encode() + inspected.stderr.encode(), f"inspect {name}")
    expect(CONTROL.encode() in search_folder(log), f"{log} holds the control word, so the search works")
    verify(log)
    search(run("audit", "show", "--log", log).stdout.encode(), "audit show")
# With --identifiers on a regular file the operator asks for names: the server's name, never content.
named = run("inspect", "-r", capture, "--identifiers").stdout.encode().lower()
expect(word("tlssni").lower() in named, "inspect --identifiers tells the server name")
expect(not re.search(rb"canary(?!tls)[a-z0-9]+", named.replace(word("tlssni").lower(), b"")),
       "inspect --identifiers tells nothing but names")

served = Watch("-r", capture, "--log", path("log-served"), "--tap", CONTROL, "--serve", "--web.listen-address",
               "127.0.0.1:0")
url = served.url()
wait_until(lambda: os.path.exists(path("log-served", "checkpoint")) and
           any(entry["type"] == "stop" for entry in entries(path("log-served"))), "the file's run has ended")
search_web(url)
core_of(served.process.pid, "core-file")
expect_equal(served.stop(), 0, "the end of a serving process")
search("".join(served.stdout + served.stderr).encode(), "what a serving process says")
search_folder(path("log-served"))

# --- Live --------------------------------------------------------------------------------------------------------------
lab = Lab()
live = Watch("-i", "tap0", "--log", path("log-live"), "--tap", CONTROL, "--legal-basis", "a test", "--web.listen-address",
             "127.0.0.1:0", command=lab.inside)
live.wait_for("watching tap0")
lab.send(0, frames)
# Innocent traffic afterwards, as on any wire; then wait until the flows with canaries are settled and in a window.
ordinary = [frame for _, frame in read_pcap(os.path.join(CAPTURES, "tls13.pcap"))]
lab.send(0, ordinary * 3)
port = live.url().split(":")[-1].rstrip("/")


def fetch(page):
    answer = subprocess.run([*lab.inside, "curl", "-sS", "-m", "20", f"http://127.0.0.1:{port}/{page}"], capture_output=True)
    return answer.stdout + answer.stderr


def value(metrics, name):
    return sum(float(line.rsplit(b" ", 1)[1]) for line in metrics.splitlines() if re.match(name + rb"[{ ]", line))


def settled():
    metrics = fetch("metrics")
    opened = value(metrics, b"unopened_flows_opened_total")
    return opened > 10 and value(metrics, b"unopened_tracked_flows") == 0


wait_until(settled, "every flow is settled")
for page in ("", "metrics", "api/v1/summary", "log/checkpoint", "-/ready"):
    search(fetch(page), "live /" + page)
core_of(live.process.pid, "core-live")
expect_equal(live.stop(signal.SIGTERM), 0, f"the end of a live capture: {''.join(live.stderr)}")
search("".join(live.stdout + live.stderr).encode(), "what a live capture says")
expect(CONTROL.encode() in search_folder(path("log-live")), "the live log holds the control word")
verify(path("log-live"))
finish()
