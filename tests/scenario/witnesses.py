"""A log and three witnesses on loopback: cosignatures come into the checkpoint and into the log, one witness may be down,
a fork and a log rolled back are refused, and proofs are checked offline by the quorum."""

import os
import shutil
import signal
import subprocess

from scenario import CAPTURES, PATIENCE, UNOPENED, expect, expect_equal, finish, path, run, shell

LOG = path("log")
ORIGIN = "log.example.org/edge"
LOG_FAILURE = 6


class Witness:
    def __init__(self, number, verifier, port="0"):
        self.number = number
        self.state = path(f"witness{number}")
        self.process = subprocess.Popen(
            [UNOPENED, "audit", "witness", "--state", self.state, "--log", verifier, "--name",
             f"witness.example.org/w{number}", "--listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)
        word, self.name, self.key, self.url = self.process.stdout.readline().split()
        expect_equal(word, "witness", "the witness prints its line for a policy")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def line(self):
        return f"witness W{self.number} {self.key} {self.url.rstrip('/')}\n"


def watch(capture, log, *more, **options):
    return run("watch", "-r", os.path.join(CAPTURES, capture), "--log", log, "--origin", ORIGIN, *more, **options)


def checkpoint(log=LOG):
    with open(os.path.join(log, "checkpoint"), encoding="utf-8") as file:
        return file.read()


def cosigners(text):
    return sorted(line.split()[1] for line in text.split("\n\n", 1)[1].splitlines() if "witness.example.org" in line)


# The witnesses need the log's key, so the log is made first.
expect_equal(watch("http.pcap", LOG).returncode, 0, "the log is made")
VKEY = os.path.join(LOG, "verifier.vkey")
witnesses = [Witness(n, VKEY) for n in (1, 2, 3)]
POLICY = path("policy.txt")


def write_policy(name=POLICY, quorum=2):
    with open(VKEY, encoding="utf-8") as key, open(name, "w", encoding="utf-8") as file:
        file.write(f"log {key.read().strip()}\n" + "".join(w.line() for w in witnesses) +
                   f"group all-of-them {quorum} W1 W2 W3\nquorum all-of-them\n")


write_policy()
shutil.copy(os.path.join(LOG, "checkpoint"), path("first.checkpoint"))

# All three answer.
done = watch("tls13.pcap", LOG, "--witnesses", POLICY)
expect_equal(done.returncode, 0, f"watch with witnesses: {done.stderr}")
expect_equal(cosigners(checkpoint()), [f"witness.example.org/w{n}" for n in (1, 2, 3)], "who cosigned")
verified = run("audit", "verify", "--log", LOG, "--key", VKEY, "--policy", POLICY, "--expect", path("first.checkpoint"))
expect_equal(verified.returncode, 0, f"verify with the policy: {verified.stderr}")
expect("cosigned by 3 of 3" in verified.stdout, verified.stdout)

# One is killed: two are a quorum.
witnesses[2].stop(signal.SIGKILL)
done = watch("tls12_ecdhe.pcap", LOG, "--witnesses", POLICY)
expect_equal(done.returncode, 0, f"watch with one witness down: {done.stderr}")
expect_equal(cosigners(checkpoint()), [f"witness.example.org/w{n}" for n in (1, 2)], "who cosigned without the third")
verified = run("audit", "verify", "--log", LOG, "--key", VKEY, "--policy", POLICY)
expect_equal(verified.returncode, 0, f"verify: {verified.stderr}")

# It comes back under its old key and catches up.
witnesses[2] = Witness(3, VKEY)
write_policy()
shutil.copytree(LOG, path("older"))
done = watch("ssh.pcap", LOG, "--witnesses", POLICY)
expect_equal(len(cosigners(checkpoint())), 3, f"the third catches up: {done.stderr}")

# A copy that was taken before goes another way: a fork, signed by the log's own key.
fork = path("older")
refused = watch("wireguard.pcap", fork, "--witnesses", POLICY)
expect_equal(refused.returncode, LOG_FAILURE, "the machine's own guard refuses a copy that is behind")
expect("is behind what was signed" in refused.stderr, refused.stderr)
os.mkdir(path("guard-elsewhere"))
done = watch("wireguard.pcap", fork, "--witnesses", POLICY, env={**os.environ, "UNOPENED_GUARD": path("guard-elsewhere")})
expect("holds another history" in done.stderr or "has cosigned a tree" in done.stderr, f"the fork is told: {done.stderr}")
expect_equal(cosigners(checkpoint(fork)), [], "nobody cosigns the fork")
refused = run("audit", "verify", "--log", fork, "--key", VKEY, "--policy", POLICY)
expect_equal(refused.returncode, LOG_FAILURE, "the fork has no quorum")
expect("no quorum" in refused.stderr, refused.stderr)
expect_equal(run("audit", "verify", "--log", fork, "--key", VKEY).returncode, 0, "by itself the fork looks well")
expect_equal(run("audit", "verify", "--log", fork, "--key", VKEY, "--expect", os.path.join(LOG, "checkpoint")).returncode,
             LOG_FAILURE, "a checkpoint seen elsewhere finds the fork")

# The honest log goes on, and an older copy of it put back is found.
done = watch("dns.pcapng", LOG, "--witnesses", POLICY)
expect_equal(done.returncode, 0, f"the honest log goes on: {done.stderr}")
expect_equal(len(cosigners(checkpoint())), 3, f"and is cosigned: {done.stderr}")
shutil.copytree(LOG, path("rolled_back"))
expect_equal(watch("smtp.pcap", LOG, "--witnesses", POLICY).returncode, 0, "one more run")
rolled_back = run("audit", "verify", "--log", path("rolled_back"), "--key", VKEY, "--expect",
                  os.path.join(LOG, "checkpoint"))
expect_equal(rolled_back.returncode, LOG_FAILURE, "a log rolled back")
expect("rolled back" in rolled_back.stderr, rolled_back.stderr)

# Proofs, offline.
expect_equal(run("audit", "disclose", "--log", LOG, "--entry", "3", "--out", path("e3")).returncode, 0, "disclose")
proof, entry = path("e3.tlog-proof"), path("e3.json")
for trust in (["--key", VKEY], ["--policy", POLICY], ["--key", VKEY, "--policy", POLICY]):
    held = run("audit", "check-proof", "--proof", proof, "--entry", entry, *trust)
    expect_equal(held.returncode, 0, f"check-proof {trust}: {held.stderr}")
with open(entry, encoding="utf-8") as file:
    bent = file.read().replace("0", "1", 1)
with open(path("bent.json"), "w", encoding="utf-8") as file:
    file.write(bent)
expect_equal(run("audit", "check-proof", "--proof", proof, "--entry", path("bent.json"), "--key", VKEY).returncode,
             LOG_FAILURE, "a bent entry")
write_policy(path("strict.txt"), 3)
expect_equal(run("audit", "prove", "--log", LOG, "--since", path("first.checkpoint"), "--out", path("since")).returncode, 0,
             "prove continuation")
grown = run("audit", "check-proof", "--proof", path("since"), "--old", path("first.checkpoint"), "--key", VKEY)
expect_equal(grown.returncode, 0, f"check continuation: {grown.stderr}")
expect_equal(run("audit", "check-proof", "--proof", path("since"), "--old", os.path.join(fork, "checkpoint"), "--key",
                 VKEY).returncode, LOG_FAILURE, "the fork's checkpoint is not continued")

# The key is rotated: the old one leads to the new one, a stranger's does not.
shutil.copy(VKEY, path("old.vkey"))
rotated = run("audit", "rotate-key", "--log", LOG)
expect_equal(rotated.returncode, 0, f"rotate-key: {rotated.stderr}")
expect_equal(run("audit", "verify", "--log", LOG, "--key", path("old.vkey")).returncode, 0, "the old key leads to the new")
expect_equal(watch("tls10.pcap", LOG).returncode, 0, "the log goes on under the new key")
verified = run("audit", "verify", "--log", LOG, "--key", path("old.vkey"))
expect("handed over" in verified.stdout, verified.stdout + verified.stderr)
expect_equal(watch("http.pcap", path("stranger")).returncode, 0, "another log of the same name")

# And to a key of which the log keeps only where it lies.
shell("openssl", "genpkey", "-algorithm", "ed25519", "-out", path("elsewhere.pem"))
rotated = run("audit", "rotate-key", "--log", LOG, "--key-uri", "file:" + path("elsewhere.pem"))
expect_equal(rotated.returncode, 0, f"rotate-key --key-uri: {rotated.stderr}")
with open(os.path.join(LOG, "keys", "signing.key"), encoding="utf-8") as file:
    expect_equal(file.read(), f"URI {ORIGIN} file:{path('elsewhere.pem')}\n", "what the log keeps of its key")
expect_equal(watch("ssh.pcap", LOG).returncode, 0, "the log goes on under a key that lies elsewhere")
verified = run("audit", "verify", "--log", LOG, "--key", path("old.vkey"))
expect("handed over" in verified.stdout, verified.stdout + verified.stderr)
os.rename(path("elsewhere.pem"), path("away.pem"))
refused = watch("ssh.pcap", LOG)
expect(refused.returncode != 0 and "signing.key" in refused.stderr, f"without the key: {refused.stderr}")
expect_equal(run("audit", "verify", "--log", LOG, "--key", os.path.join(path("stranger"), "verifier.vkey")).returncode,
             LOG_FAILURE, "another log's key")
expect_equal(run("audit", "rotate-key", "--log", path("nowhere")).returncode, 3, "no log to rotate the key of")

for witness in witnesses:
    expect_equal(witness.stop(), 0, f"witness {witness.number} ends by SIGTERM")
finish()
