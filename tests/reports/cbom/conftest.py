"""CBOMs of samples and of handshakes made by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from analyzer.findings.tables import TABLES
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.reports.cbom import Report
from analyzer.reports.cbom.assets import Assets
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import Source, stream
from analyzer.tls.messages import ClientHello, ServerHello

SAMPLES = Path(__file__).parents[3] / "samples"


def written(capture):
    """The BOM of a capture, as bytes."""
    out, walk = io.BytesIO(), stream([str(capture)])
    report = Report(out, Options(tables=TABLES, version="0.1.0", registry="2026-01-01"))
    tell(walk.everything(), Told(TABLES, walk.sources), [report])
    report.end(End(sources=walk.sources, counters=walk.counters))
    return out.getvalue()


@pytest.fixture(scope="session")
def samples():
    return SAMPLES


@pytest.fixture(scope="session")
def write():
    return written


@pytest.fixture(scope="session")
def bom():
    """The BOM of a sample, by its name."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = json.loads(written(SAMPLES / name))
        return made[name]

    return get


def handshake(number=1, *, suites=(0xC02F,), extensions=(), chosen=0xC02F, version=0x0303, outcome="complete", server=7, **fields):
    """A handshake of two hellos; ``chosen`` None: nobody answered."""
    offer = ClientHello(
        version=0x0303, random=b"", session_id=b"", cipher_suites=suites, compression_methods=(0,), extensions=extensions
    )  # fmt: skip
    seen = [Seen(CLIENT, 1, 0, number * 10, number * 10, 0, offer)]
    answer = None
    if chosen is not None:
        answer = ServerHello(version=0x0303, random=b"", session_id=b"", cipher_suite=chosen, compression_method=0, extensions=())
        seen.append(Seen(SERVER, 2, 0, number * 10 + 1, number * 10 + 1, 0, answer))
    return Handshake(
        number=number, client=Endpoint(bytes([192, 0, 2, 1]), 50000), server=Endpoint(bytes([198, 51, 100, server]), 443), seen=seen,
        packets=[number * 10, number * 10 + 1], client_hello=offer, client_hellos=[offer], server_hello=answer,
        version=None if chosen is None else version, cipher_suite=chosen, outcome=outcome, **fields,
    )  # fmt: skip


@pytest.fixture
def make():
    return handshake


@pytest.fixture
def gather():
    """Assets of handshakes."""

    def run(*handshakes):
        told, assets = Told(TABLES, [Source(name="a.pcap", format="pcap")]), Assets(TABLES)
        for one in handshakes:
            told.take(one)
            assets.add(told)
        assets.finish()
        return assets

    return run
