"""``analyzer.watch``: handshakes as they happen, stopped from another thread, and a Scan of all of them at the end."""

from __future__ import annotations

import json
import subprocess
import sys

from watcher import SAMPLES, left_behind, read, steady
from wires import until

RATE = 2000
FIVE = [SAMPLES / f"{name}.pcapng" for name in ("tls13", "tls12-ecdhe-rsa", "tls12-ecdhe-ecdsa", "tls10-rsa", "tls12-cbc")]

IN_A_THREAD = """
import json, sys, threading
import analyzer
watch = analyzer.watch("near0", filter="tcp")
def walk():
    for handshake in watch:
        print(json.dumps([handshake.outcome, handshake.client_hello.random.hex()]), flush=True)
    print(json.dumps("over"), flush=True)
thread = threading.Thread(target=walk)
thread.start()
sys.stdin.readline()
watch.stop()
thread.join(10)
print(json.dumps([thread.is_alive(), watch.counters.packets, [(one.interface, one.received, one.unread) for one in watch.accounts()]]))
"""
A_SCAN = """
import json, sys
import analyzer
watch = analyzer.watch(["near0", "near1"], duration=2)
scan = watch.scan()
frame = scan.handshakes
print(json.dumps([len(scan), sorted(frame["client_random"]), sorted(set(frame["source"])), len(scan.certificates), len(scan.findings)]))
"""
WRONG = """
import analyzer
for arguments in ({"interfaces": "nowhere7"}, {"interfaces": "near0", "filter": "tcp prot 443"}):
    try:
        analyzer.watch(arguments.pop("interfaces"), **arguments)
    except analyzer.errors.TlsscanError as error:
        print(type(error).__name__, error)
"""


def running(wire, script):
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(wire.near(sys.executable, "-c", script), text=True, **pipes)


def test_watched_in_a_thread_and_stopped_from_another(wire):
    process = running(wire, IN_A_THREAD)
    steady(process, [wire.index()], lambda: "")
    sent = wire.replay([*FIVE, SAMPLES / "dtls12.pcapng"], RATE)  # the filter takes TCP only
    told = [json.loads(process.stdout.readline() or process.stderr.read()) for _ in FIVE]
    out, err = process.communicate("stop\n", timeout=20)
    over, (alive, packets, accounts) = map(json.loads, out.splitlines())
    assert (over, alive, err) == ("over", False, "")
    outcomes = {row["client_random"]: row["outcome"] for path in FIVE for row in read(path)}
    assert {random: outcome for outcome, random in told} == outcomes
    assert 0 < packets < sent.packets
    assert accounts == [["near0", packets, 0]]
    assert until(lambda: not left_behind(wire), 5)


def test_a_watch_ends_as_a_scan(wire):
    process = running(wire, A_SCAN)
    steady(process, [wire.index("near0"), wire.index("near1")], lambda: "")
    sendings = [wire.send(FIVE[:3], RATE), wire.send(FIVE[3:], RATE, into="far1")]
    for sending in sendings:
        sending.wait()
    out, err = process.communicate(timeout=30)
    assert out, err
    count, randoms, sources, certificates, findings = json.loads(out)
    assert count == len(FIVE)
    assert randoms == sorted(row["client_random"] for path in FIVE for row in read(path))
    assert sources == ["near0", "near1"]
    assert certificates > 0
    assert findings > 0


def test_what_cannot_be_watched_is_an_error_of_ours(wire):
    done = subprocess.run(wire.near(sys.executable, "-c", WRONG), capture_output=True, text=True, timeout=30, check=False)
    (missing, *_), (wrong, *words) = map(str.split, done.stdout.splitlines())
    assert (missing, wrong) == ("NoInterfaceError", "FilterError"), (done.stdout, done.stderr)
    assert "prot" in " ".join(words)
    assert not left_behind(wire)
