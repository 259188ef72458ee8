"""Weeks of traffic against live judgement: distinct handshakes made from the samples, what they cost, and what is held after them.

    python tests/bench/weeks.py HANDSHAKES [SHARE OF THEM WITH NEW CERTIFICATES] [POLICY …]

Every handshake has randoms, keys and a server name of its own; the certificates of some are new too (their serial numbers, and with them
their hashes: signatures do not hold).  Each is told twice, as pipeline does: while its connection is open, and when it is over.
"""

from __future__ import annotations

import gc
import itertools
import sys
import time
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import msgspec
import numpy as np

import analyzer
from analyzer.findings.judging import Judging
from analyzer.findings.live import LiveJudge
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.tls import codes

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = ("tls12-client-certificate", "tls12-ocsp", "fail-wrong-host", "tls10-rc4", "tls12-dhe", "tls13", "tls13-mlkem")
TICK = 50
"""Handshakes between two pulses."""


@cache
def patterns():
    """Handshakes to make others of."""
    return [one for name in NAMES for one in analyzer.scan(SAMPLES / f"{name}.pcapng")]


def altered(der, number):
    """Return a certificate with a serial number of the same length made of a number."""
    at = der.index(b"\x02", 8)  # serialNumber: behind the version
    if der[8:13] == b"\xa0\x03\x02\x01\x02":
        at = 13
    length = der[at + 1]
    fresh = number.to_bytes(16, "big")[-min(length - 1, 16) :] if length > 1 else b""
    return der[: at + 2] + b"\x11" * (length - len(fresh)) + fresh + der[at + 2 + length :]


def made(number, *, certificates=False):
    """Return a handshake that is like no other of another number."""
    pattern = patterns()[number % len(patterns())]
    own = number.to_bytes(32, "big")
    swapped = {}

    def other(message):
        if message is None or id(message) in swapped:
            return swapped.get(id(message), message)
        told = message
        if hasattr(message, "random"):
            told = msgspec.structs.replace(message, random=own, extensions=tuple(map(fresh, message.extensions or ())))
        elif getattr(message, "public", None):
            told = msgspec.structs.replace(message, public=own + bytes(33))
        swapped[id(message)] = told
        return told

    def fresh(extension):
        if extension.code != codes.SERVER_NAME or not extension.value:
            return extension
        name = f"h{number:08}.example".encode()
        return msgspec.structs.replace(extension, body=name, value=(msgspec.structs.replace(extension.value[0], name=name),))

    seen = [msgspec.structs.replace(one, message=other(one.message)) for one in pattern.seen]
    chains = {}
    if certificates:
        for side in ("server_chain", "client_chain"):
            chain = getattr(pattern, side)
            chains[side] = chain and tuple(altered(der, number) for der in chain)
    return msgspec.structs.replace(
        pattern, number=number, seen=seen, client_hello=other(pattern.client_hello), server_hello=other(pattern.server_hello),
        start=pattern.start + number * 10**6, open=True, **chains,
    )  # fmt: skip


def held():
    """Return the bytes that the process holds."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) << 10
    return 0


def weighed(judge):
    """Return the bytes of all that a judge holds."""
    seen, todo, total = {id(judge)}, [judge], 0
    while todo:
        thing = todo.pop()
        total += sys.getsizeof(thing)
        for part in gc.get_referents(thing):
            if id(part) not in seen and not isinstance(part, type | ModuleType | FunctionType):
                seen.add(id(part))
                todo.append(part)
    return total


def walk(count, share, policies=(), tick=TICK):
    """Judge so many handshakes; yield (handshakes, findings, seconds of judging, slowest pulse, judge) at each tick."""
    judge = LiveJudge(Judging(policies=policies, trust_store=("none",)), lambda: ["a"], JUDGED)
    book = JudgedBook(["a"])
    spent = worst = 0.0
    found = 0
    every = max(round(1 / share), 1) if share else 0
    numbers = itertools.count(1)
    before = []
    for last in range(tick, count + 1, tick):
        now = [made(number, certificates=bool(every) and number % every == 0) for number in itertools.islice(numbers, tick)]
        over = [msgspec.structs.replace(one, open=False) for one in before]
        before = now
        rows = {id(one): {name: rows_of(TABLES[name], one, book) for name in ("handshakes", "preludes")} for one in (*now, *over)}
        began = time.process_time()
        for one in (*now, *over):
            judge.take(one, rows[id(one)].__getitem__)
        judge.pulse()
        told = {name: judge.rows(name) for name in JUDGED}
        took = time.process_time() - began
        found += len(told["findings"])
        spent, worst = spent + took, max(worst, took)
        yield last, found, spent, worst, judge


def main():
    """Tell a line now and then."""
    count = int(sys.argv[1])
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 0.02
    marks = np.linspace(0, count, 11)[1:].tolist()
    for done, found, spent, worst, judge in walk(count, share, tuple(sys.argv[3:])):
        if done >= marks[0]:
            marks.pop(0)
            told = f"{done:>9,} handshakes {found:>9,} findings {1e6 * spent / done:6.0f} us each, slowest pulse {1e3 * worst:5.0f} ms"
            sys.stdout.write(f"{told}, {held() / 2**20:6.0f} MiB, of the judge {weighed(judge) / 2**20:6.1f} MiB {judge.limits}\n")
            sys.stdout.flush()
            if not marks:
                return


if __name__ == "__main__":
    main()
