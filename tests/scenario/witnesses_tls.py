"""Witnesses over HTTPS, from files and live: a cosignature comes through a TLS front whose certificate is good; one that is
nobody's, another host's or past its time is refused before a byte of the checkpoint is sent, and the log goes on."""

import asyncio
import ctypes
import os
import ssl
import subprocess
import threading

from scenario import (CAPTURES, PATIENCE, UNOPENED, Lab, Watch, expect, expect_equal, finish, path, read_pcap, run, shell, verify,
                      wait_until)

ORIGIN = "log.example.org/tls"


def make_authority(name):
    shell("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
          "-subj", f"/CN={name}", "-keyout", path(f"{name}.key"), "-out", path(f"{name}.pem"))


def make_certificate(name, authority, subject, days="30"):
    """A certificate and its key in one file."""
    shell("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
          "-keyout", path(f"{name}.key"), "-out", path(f"{name}.csr"))
    with open(path(f"{name}.ext"), "w", encoding="utf-8") as file:
        file.write(f"subjectAltName={subject}\n")
    shell("openssl", "x509", "-req", "-in", path(f"{name}.csr"), "-CA", path(f"{authority}.pem"), "-CAkey",
          path(f"{authority}.key"), "-days", days, "-extfile", path(f"{name}.ext"), "-out", path(f"{name}.crt"))
    with open(path(f"{name}.pem"), "wb") as both:
        for part in (f"{name}.crt", f"{name}.key"):
            with open(path(part), "rb") as file:
                both.write(file.read())
    return path(f"{name}.pem")


class Front:
    """What stands in front of a witness: TLS without, HTTP within. Counts connections, and the bytes that came out of TLS.
    `enter` is called first in its thread."""

    def __init__(self, certificate, inner_port, enter=lambda: None):
        self.certificate, self.inner_port, self.enter = certificate, inner_port, enter
        self.connections = 0
        self.decrypted = 0
        self.port = None
        self.ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        if not self.ready.wait(PATIENCE):
            raise RuntimeError("no TLS front")

    async def serve(self):
        self.enter()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        context.sni_callback = self.met  # called for every ClientHello
        server = await asyncio.start_server(self.carry, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    def met(self, *_):
        self.connections += 1

    async def carry(self, outer_in, outer_out):
        inner_in, inner_out = await asyncio.open_connection("127.0.0.1", self.inner_port)
        requests = asyncio.ensure_future(self.pump(outer_in, inner_out, count=True))
        answers = asyncio.ensure_future(self.pump(inner_in, outer_out))
        # Either side's end is the connection's.
        await asyncio.wait((requests, answers), return_when=asyncio.FIRST_COMPLETED)
        for pump in (requests, answers):
            pump.cancel()
        for writer in (inner_out, outer_out):
            writer.close()

    async def pump(self, reader, writer, count=False):
        try:
            while data := await reader.read(65536):
                self.decrypted += len(data) if count else 0
                writer.write(data)
                await writer.drain()
        except OSError:
            pass


def cosigners(log):
    with open(os.path.join(log, "checkpoint"), encoding="utf-8") as file:
        signatures = file.read().split("\n\n", 1)[1]
    return [line.split()[1] for line in signatures.splitlines() if "witness.example.org" in line]


def watch(log, *more, trust):
    return run("watch", "-r", os.path.join(CAPTURES, "tls13.pcap"), "--log", log, "--origin", ORIGIN, *more,
               env={**os.environ, "SSL_CERT_FILE": trust, "SSL_CERT_DIR": path("no-certificates")})


make_authority("authority")
make_authority("stranger")
GOOD = make_certificate("good", "authority", "DNS:localhost")
WRONG = {
    "an authority nobody trusts": make_certificate("untrusted", "stranger", "DNS:localhost"),
    "another host's": make_certificate("another", "authority", "DNS:witness.example.org"),
    "past its time": make_certificate("expired", "authority", "DNS:localhost", days="-1"),
}
TRUST = path("authority.pem")
LOG = path("log")
VKEY = os.path.join(LOG, "verifier.vkey")
POLICY = path("policy.txt")
expect_equal(watch(LOG, trust=TRUST).returncode, 0, "the log is made")

witness = subprocess.Popen([UNOPENED, "audit", "witness", "--state", path("witness"), "--log", VKEY, "--name",
                            "witness.example.org/w1", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
_, NAME, KEY, URL = witness.stdout.readline().split()
PORT = int(URL.rstrip("/").rsplit(":", 1)[1])


def write_policy(url):
    with open(VKEY, encoding="utf-8") as key, open(POLICY, "w", encoding="utf-8") as file:
        file.write(f"log {key.read().strip()}\nwitness W1 {KEY} {url}\nquorum W1\n")
    os.chmod(POLICY, 0o644)


for what, certificate in WRONG.items():
    front = Front(certificate, PORT)
    write_policy(f"https://localhost:{front.port}")
    done = watch(LOG, "--witnesses", POLICY, trust=TRUST)
    expect_equal(done.returncode, 0, f"{what}: the log goes on: {done.stderr}")
    expect_equal(cosigners(LOG), [], f"{what}: nobody cosigned")
    expect(front.connections > 0, f"{what}: the front was asked")
    expect_equal(front.decrypted, 0, f"{what}: bytes of ours that came out of TLS")
    expect("certificate does not hold" in done.stderr, f"{what}: the reason is told: {done.stderr}")

front = Front(GOOD, PORT)
write_policy(f"https://localhost:{front.port}")
done = watch(LOG, "--witnesses", POLICY, trust=TRUST)
expect_equal(done.returncode, 0, f"with a good certificate: {done.stderr}")
expect_equal(cosigners(LOG), [NAME], f"cosigned over HTTPS: {done.stderr}")
expect(front.decrypted > 0, "the checkpoint went through TLS")
verified = run("audit", "verify", "--log", LOG, "--key", VKEY, "--policy", POLICY)
expect_equal(verified.returncode, 0, f"verify with the policy: {verified.stderr}")

done = watch(path("elsewhere"), "--witnesses", POLICY, trust=path("stranger.pem"))
expect_equal(cosigners(path("elsewhere")), [], "the same certificate where its authority is not trusted")
write_policy(f"http://localhost:{front.port}")
before = front.decrypted
done = watch(LOG, "--witnesses", POLICY, trust=TRUST)
expect_equal((done.returncode, front.decrypted), (0, before), "plain HTTP says nothing to a TLS port")

# Live: the posts are made after root and whatever could read a root's files are gone.
lab = Lab()
live = path("live")
watching = Watch("-i", "tap0", "--log", live, "--legal-basis", "a test on a wire of its own",
                 "--origin", ORIGIN, "--web.listen-address", "127.0.0.1:0", command=lab.inside)
watching.wait_for("watching tap0")
watching.stop()
VKEY = os.path.join(live, "verifier.vkey")
inside = subprocess.Popen([*lab.inside, UNOPENED, "audit", "witness", "--state", path("witness2"), "--log", VKEY,
                           "--name", "witness.example.org/w2", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                          text=True)
_, NAME, KEY, URL = inside.stdout.readline().split()


def enter_lab():
    """This thread, and what it opens."""
    with open(f"/run/netns/{lab.name}", "rb") as space:
        if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


front = Front(GOOD, int(URL.rstrip("/").rsplit(":", 1)[1]), enter_lab)
write_policy(f"https://localhost:{front.port}")
watching = Watch("-i", "tap0", "--log", live, "--legal-basis", "a test on a wire of its own",
                 "--origin", ORIGIN, "--witnesses", POLICY, "--web.listen-address", "127.0.0.1:0", command=lab.inside,
                 env={**os.environ, "SSL_CERT_FILE": TRUST, "SSL_CERT_DIR": path("no-certificates")})
watching.wait_for("watching tap0")
lab.send(0, [frame for _, frame in read_pcap(os.path.join(CAPTURES, "tls13.pcap"))])
wait_until(lambda: cosigners(live), "a live checkpoint is cosigned over HTTPS")
expect_equal(watching.stop(), 0, f"live with a witness over HTTPS ends: {''.join(watching.stderr)}")
expect_equal(cosigners(live), [NAME], "the last checkpoint is cosigned")
verify(live)
for process in (witness, inside):
    process.terminate()
    expect_equal(process.wait(30), 0, "a witness ends by SIGTERM")
finish()
