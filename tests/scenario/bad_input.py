"""Bad input gets one clear line on stderr that says what and where, and its documented exit code; and loses nothing
that was acknowledged."""

import hashlib
import os
import shutil
import socket
import subprocess

from scenario import CAPTURES, PATIENCE, UNOPENED, SOURCE, WORK, Watch, expect, expect_equal, finish, path, run, verify

USAGE, INPUT, PERMISSION, BUSY, LOG, NO_SPACE, PARTIAL = 2, 3, 4, 5, 6, 7, 8
GOOD = os.path.join(CAPTURES, "tls13.pcap")
DAMAGED = os.path.join(CAPTURES, "damaged")


def told(result, status, *words, what, findings=False):
    """One line of complaint, with every one of `words` in it, and the status. `findings`: a line for each before it."""
    expect_equal(result.returncode, status, f"{what}: status, with stderr {result.stderr!r}")
    complaints = [line for line in result.stderr.splitlines() if line.startswith("unopened: ")
                  and not line.startswith("unopened: new log ")]
    if expect(len(complaints) == 1 or (findings and complaints),
              f"{what}: number of lines of complaint in {result.stderr!r}"):
        for word in words:
            expect(word in complaints[-1], f"{what}: {word!r} is not in {complaints[-1]!r}")


def watch(*arguments, **options):
    return run("watch", *arguments, **options)


# --- The command line --------------------------------------------------------------------------------------------------
told(run("watsh"), USAGE, "watsh", "watch", what="unknown command")
told(watch("--lgo", "x", "-r", GOOD), USAGE, "lgo", "--log", what="unknown option")
told(watch("-r", GOOD, "stray"), USAGE, what="stray argument")
told(watch(), USAGE, "-i", "-r", what="nothing to watch")
told(watch("-r", GOOD, "-i", "lo"), USAGE, "-i and -r", what="both kinds of input")
told(watch("-r", GOOD, "--workers", "0"), USAGE, "0", what="no workers")
told(watch("-r", GOOD, "--workers", "some"), USAGE, "workers", what="workers that are no number")
told(watch("-r", GOOD, "--format", "xml"), USAGE, "xml", what="unknown format")
told(run("audit", "verify"), USAGE, "--log", what="verify without a log")
expect_equal(run().returncode, USAGE, "no command at all")
expect(run("--version").stdout.startswith("unopened 0."), "--version names the program and its version")
for page in (["--help"], ["watch", "--help"], ["inspect", "--help"], ["audit", "verify", "--help"],
             ["audit", "show", "--help"], ["config", "check", "--help"], ["interfaces", "--help"]):
    helped = run(*page)
    expect(helped.returncode == 0 and len(helped.stdout) > 100 and not helped.stderr, f"{page} prints a page")

# --- Input files -------------------------------------------------------------------------------------------------------
missing = path("nowhere.pcap")
told(watch("-r", missing), INPUT, missing, what="missing file")
os.mkdir(path("hollow"))
told(watch("-r", path("hollow")), INPUT, path("hollow"), what="folder without captures")
for name in ("empty.pcap", "garbage.pcap", "half_a_header.pcap"):
    file = os.path.join(DAMAGED, name)
    told(watch("-r", file), INPUT, name, what=name)
    told(run("inspect", "-r", file), INPUT, name, what=f"inspect {name}")
expect_equal(watch("-r", os.path.join(DAMAGED, "header_only.pcap")).returncode, 0, "a capture without packets")
for name in ("truncated_tail.pcap", "truncated_tail.pcapng", "absurd_length.pcap"):
    log = path(f"log-{name}")
    told(watch("-r", os.path.join(DAMAGED, name), "--log", log), PARTIAL, name, what=name)
    verify(log)
    inspected = run("inspect", "-r", os.path.join(DAMAGED, name))
    expect_equal(inspected.returncode, PARTIAL, f"inspect {name}")
    expect('"protocol":"tls"' in inspected.stdout, f"{name}: the session before the damage is told")
two_links = run("inspect", "-r", os.path.join(DAMAGED, "two_link_types.pcapng"))
expect_equal(two_links.returncode, 0, "a capture of two link types")
expect('"protocol":"tls"' in two_links.stdout, "a capture of two link types: the session is told")
with open(GOOD, "rb") as regular:
    piped = subprocess.run(["cat"], stdin=regular, capture_output=True).stdout
told(run("inspect", "-r", "-", stdin=piped), USAGE, "standard input", what="inspect of a stream")
told(run("inspect", "-r", "/dev/null"), USAGE, "/dev/null", what="inspect of a device")

# --- Live capture ------------------------------------------------------------------------------------------------------
live = ("--log", path("live"), "--legal-basis", "a test")
told(watch("-i", "nosuch0", *live), INPUT, "nosuch0", what="interface that does not exist")
told(watch("-i", "lo", "--log", path("live")), USAGE, "legal basis", what="live without a legal basis")
told(watch("-i", "lo", "--legal-basis", "a test"), USAGE, "--log", what="live without a log")
told(watch("-i", "lo,lo", *live), USAGE, "lo,lo", what="an interface named twice")
for narrow in ("host 192.0.2.10", "net 192.0.2.0/24", "ether host 02:00:5e:00:53:0a"):
    told(watch("-i", "lo", *live, "-f", narrow), USAGE, what=f"filter {narrow!r}")
expect(not os.path.exists(path("live")), "a refused live capture makes no log")

# As nobody: the configuration where nobody may read it.
shutil.copytree(os.path.join(SOURCE, "config"), path("config"))
with open(path("secret.pcap"), "wb") as file, open(GOOD, "rb") as good:
    file.write(good.read())
os.chmod(path("secret.pcap"), 0o600)


def as_nobody(*arguments):
    return subprocess.run([UNOPENED, *arguments, "--config", path("config")], capture_output=True, text=True,
                          timeout=PATIENCE, user=65534, group=65534, extra_groups=[], cwd="/")


told(as_nobody("watch", "-r", path("secret.pcap")), PERMISSION, "secret.pcap", what="unreadable file")
os.mkdir(path("nobodys"))
os.chown(path("nobodys"), 65534, 65534)
told(as_nobody("watch", "-i", "lo", "--log", path("nobodys", "log"), "--legal-basis", "a test"), PERMISSION, "lo",
     what="live capture without the privilege")
os.mkdir(path("roots"), 0o700)
shutil.copy(GOOD, path("good.pcap"))
told(as_nobody("watch", "-r", path("good.pcap"), "--log", path("roots", "log")), PERMISSION, path("roots"),
     what="a log in a folder of root's")

# --- Ports and logs that are another's ---------------------------------------------------------------------------------
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    told(watch("-r", GOOD, "--web.listen-address", f"127.0.0.1:{port}"), BUSY, str(port), what="port in use")
told(watch("-r", GOOD, "--web.listen-address", "0.0.0.0:0"), USAGE, "0.0.0.0", what="an address beyond the loopback")
told(watch("-r", GOOD, "--web.listen-address", "here"), USAGE, "here", what="an address that is none")

owned = path("owned")
first = Watch("-r", GOOD, "--log", owned, "--web.listen-address", "127.0.0.1:0", "--serve")
first.url()
told(watch("-r", GOOD, "--log", owned), BUSY, owned, what="a log that another process owns")
expect_equal(first.stop(), 0, "the owner is not disturbed")
verify(owned)

os.mkdir(path("mixed"))
open(path("mixed", "letter.txt"), "w").write("hello")
told(watch("-r", GOOD, "--log", path("mixed")), USAGE, path("mixed"), what="a folder that holds other things")
told(run("audit", "verify", "--log", path("nolog")), INPUT, path("nolog"), what="verify of a log that is not there")

# --- Damaged logs ------------------------------------------------------------------------------------------------------


def fresh_log(name):
    log = path(name)
    expect_equal(watch("-r", GOOD, "--log", log).returncode, 0, "a good run")
    verify(log)
    return log


def bend(file):
    """Changes one byte near the end."""
    with open(file, "r+b") as data:
        data.seek(-20, os.SEEK_END)
        byte = data.read(1)
        data.seek(-20, os.SEEK_END)
        data.write(bytes([byte[0] ^ 1]))


def files_under(folder):
    return sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)


log = fresh_log("bent-entries")
for file in files_under(os.path.join(log, "tile", "entries")):
    bend(file)
told(run("audit", "verify", "--log", log), LOG, log, what="entries changed by one byte", findings=True)
checkpoint = open(os.path.join(log, "checkpoint")).read()
refused = watch("-r", GOOD, "--log", log)
expect_equal(refused.returncode, LOG, f"watch goes on with no damaged log: {refused.stderr!r}")
expect_equal(open(os.path.join(log, "checkpoint")).read(), checkpoint, "a refused log keeps its checkpoint")

log = fresh_log("cut-entries")
file = files_under(os.path.join(log, "tile", "entries"))[-1]
os.truncate(file, os.path.getsize(file) - 7)
told(run("audit", "verify", "--log", log), LOG, log, what="the last entries cut", findings=True)
expect_equal(watch("-r", GOOD, "--log", log).returncode, LOG, "watch on a log whose tail is cut")

log = fresh_log("bent-checkpoint")
bend(os.path.join(log, "checkpoint"))
told(run("audit", "verify", "--log", log), LOG, what="a checkpoint changed by one byte")

log, other = fresh_log("wrong-key"), fresh_log("other-key")
told(run("audit", "verify", "--log", log, "--key", os.path.join(other, "verifier.vkey")), LOG, what="another log's key")
for file in files_under(os.path.join(other, "keys")):
    shutil.copy(file, os.path.join(log, "keys"))
expect_equal(watch("-r", GOOD, "--log", log).returncode, LOG, "watch with another log's signing key")
verify(log)

# --- The disk is full --------------------------------------------------------------------------------------------------
# A file system of its own, big enough for the log's beginning: what was acknowledged stays, and verifies.
# In a chroot, whose root is no mount, nothing can be made private; the mount is taken away at the end either way.
script = f"""
mount --make-rprivate / 2> /dev/null || true
set -e
trap 'umount -l {path('small')}' EXIT
mount -t tmpfs -o size=1m,mode=0700 none {path('small')}
'{UNOPENED}' watch -r '{CAPTURES}/http.pcap' --log {path('small')}/log > /dev/null 2>&1 || {{ echo first $?; exit 99; }}
dd if=/dev/zero of={path('small')}/fill bs=4k > /dev/null 2>&1 || true
set +e
'{UNOPENED}' watch -r '{CAPTURES}/services_2025.pcapng' --log {path('small')}/log > /dev/null
echo status $?
'{UNOPENED}' audit verify --log {path('small')}/log > /dev/null
echo verified $?
"""
os.mkdir(path("small"))
full = subprocess.run(["unshare", "-m", "--propagation", "unchanged", "bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE)
expect("status 7\n" in full.stdout, f"a full disk: {full.stdout!r} {full.stderr!r}")
expect("verified 0\n" in full.stdout, f"a full disk leaves a log that verifies: {full.stdout!r} {full.stderr!r}")

# --- Configuration -----------------------------------------------------------------------------------------------------
with open(path("config", "gateway.toml"), "a") as file:
    file.write("\nno_such_key = 1\n")
checked = run("config", "check", "--config", path("config"))
expect_equal(checked.returncode, USAGE, "config check finds an unknown key")
expect("gateway.toml:" in checked.stderr and "no_such_key" in checked.stderr,
       f"config check names file, line and key: {checked.stderr!r}")
expect_equal(run("config", "check").returncode, 0, "the configuration of the tree has no problem")
dumped = run("config", "dump")
expect_equal(dumped.returncode, 0, "config dump")
expect_equal(dumped.stderr.split(), ["catalogue", hashlib.sha256(dumped.stdout.encode()).hexdigest()],
             "config dump prints what the digest is taken over")
expect("service whatsapp\n" in dumped.stdout and "under us_warrant\n" in dumped.stdout, "config dump prints the facts")
expect_equal(run("config", "dump", "--config", path("config")).returncode, USAGE, "config dump of a folder with problems")
expect_equal(run("interfaces").returncode, 0, "interfaces")

finish()
