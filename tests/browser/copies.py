"""Copies: as many handshakes as one likes, of the samples', each with ends, times, randoms and a name of its own.

Here lives: the copies, and a report of them.  Nothing of them repeats more than in real traffic: 5,000 clients, 1,500 servers with a name
and a certificate each, so that a page of them is as large as one of a capture.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

from msgspec.structs import replace

SAMPLES = Path(__file__).parents[2] / "samples"
START = 1_767_225_600 * 10**9
CLIENTS, SERVERS = 5_000, 1_500
FAILED = 0.06
"""Part of the handshakes that did not complete."""


def originals():
    """(handshakes of the samples that completed, those that did not): TLS in TCP."""
    from analyzer.scanning import stream

    told = [one for path in sorted(SAMPLES.glob("*.pcapng")) for _, one in stream([str(path)])]
    told = [one for one in told if one.client_hello is not None and one.framing == "tls"]
    return [one for one in told if one.outcome == "complete"], [one for one in told if one.outcome != "complete"]


def certificates(rng):
    """A chain for each server: a leaf with a key and timestamps of its own, below one root."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Root of the copies")])
    start = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
    made = []
    for number in range(SERVERS):
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host(number))])
        builder = x509.CertificateBuilder(root, name, key.public_key(), rng.getrandbits(120) + 1, start, start + dt.timedelta(days=90))
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host(number))]), critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier(rng.randbytes(20)), critical=False)
        noise = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), rng.randbytes(240))  # as large as two timestamps
        made.append((builder.add_extension(noise, critical=False).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER),))
    return made


def host(number):
    return f"host-{number}.zone-{number % 37}.example"


def copies(count, seed=1):
    """Give ``count`` handshakes, 25 a second."""
    from analyzer.handshakes.handshake import Endpoint

    rng = random.Random(seed)
    good, bad = originals()
    chains = certificates(rng)
    packet = 0
    for number in range(1, count + 1):
        one = rng.choice(bad if rng.random() < FAILED else good)
        server = min(int(rng.expovariate(6 / SERVERS)), SERVERS - 1)
        lowest = min(one.packets, default=0)
        begin = START + number * 40_000_000 + rng.randrange(40_000_000)
        slow = rng.lognormvariate(0, 0.7)
        base = min([one.start, *(event.time for event in one.events)])
        drift = sorted(rng.randrange(20_000_000) for _ in range(64))

        def time(before, begin=begin, base=base, slow=slow, drift=drift):
            after = int((before - base) * slow)
            return begin + after + drift[min(after // 1_000_000, 63)]

        def moved(told, lowest=lowest, packet=packet, time=time):
            return replace(told, packet=told.packet - lowest + packet, time=time(told.time))

        hello = _named(replace(one.client_hello, random=rng.randbytes(32)), host(server).encode(), rng)
        answer = one.server_hello
        if answer is not None:
            answer = replace(answer, random=rng.randbytes(32), session_id=rng.randbytes(len(answer.session_id)))
        swap = {id(one.client_hello): hello, id(one.server_hello): answer}
        yield replace(
            one, number=number, start=time(one.start), end=time(one.end),
            connect=None if one.connect is None else rng.randrange(10**6, 10**8),
            client=Endpoint(bytes([10, 0, *divmod(rng.randrange(CLIENTS), 256)]), rng.randrange(32_768, 61_000)),
            server=Endpoint(bytes([198, 51, *divmod(server, 256)]), one.server.port), client_hello=hello, server_hello=answer,
            client_hellos=[hello, *one.client_hellos[1:]],
            seen=[
                replace(moved(told), last_packet=told.last_packet - lowest + packet, message=swap.get(id(told.message), told.message))
                for told in one.seen
            ],
            events=[*map(moved, one.events)], alerts=[*map(moved, one.alerts)], hitches=tuple(map(moved, one.hitches)),
            packets=[told - lowest + packet for told in one.packets], server_chain=one.server_chain and chains[server],
        )  # fmt: skip
        packet += rng.randrange(40)


def _named(hello, name, rng):
    """Return a ClientHello for another server name, and with another session id where it has one."""
    extensions = tuple(
        replace(one, value=tuple(replace(told, name=name) for told in one.value)) if one.code == 0 and one.value else one
        for one in hello.extensions or ()
    )
    return replace(hello, session_id=rng.randbytes(len(hello.session_id)), extensions=extensions)


def page(path, count):
    """Write the HTML report of copies, as of one capture."""
    from analyzer.findings.judging import Judging
    from analyzer.findings.tables import JUDGED, TABLES
    from analyzer.reports import FORMATS
    from analyzer.reports.report import End, Options, Told, tell
    from analyzer.scanning import Counters, Source

    last = START + count * 40_000_000
    source = Source(name="copies.pcapng", format="pcapng", packets=count * 20, bytes=count * 9_000, first=START, last=last)
    told = Told(TABLES, [source], Judging(), wanted=frozenset(JUDGED), judged=True)
    with Path(path).open("wb") as out:
        report = FORMATS["html"].open(out, Options(tables=TABLES, version="0.1.0", registry="2026-01-01"))
        tell(copies(count), told, [report])
        report.end(End(sources=[source], counters=Counters(packets=count * 20, bytes=count * 9_000)))
