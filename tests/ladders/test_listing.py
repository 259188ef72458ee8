"""The list for narrow places."""

from __future__ import annotations

import pytest

from analyzer.ladders import Epoch, Field, Ladder, Rung
from analyzer.ladders.cells import width_of
from analyzer.ladders.listing import listing

START = 1_700_000_000_000_000_000
EPOCHS = (Epoch(name="plaintext", readable=True, doc=""), Epoch(name="handshake keys", readable=False, doc=""))


def rung(kind="message", sender="client", name="ClientHello", ms=0, **known):
    return Rung(**{"kind": kind, "sender": sender, "name": name, "time": START + int(ms * 1e6)} | known)


def listed(width, *rungs):
    lines = listing(Ladder(number=1, client="a", server="b", rungs=rungs, epochs=EPOCHS), width)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_what_is_known_stands_under_the_name():
    assert listed(
        40,
        rung(length=120, packet=4, step="flight 1", epoch=0,
             telling=(("server name", "a.example"), ("versions", "TLS 1.3, TLS 1.2, TLS 1.1, TLS 1.0"))),
        rung("sealed", "server", "Finished", 31.5, guessed=True, encrypted=True, epoch=1, after=31_500_000, thought=31_500_000,
             network=30_000_000, step="flight 2"),
        rung("missing", "client", "Finished", note="The capture ends before it.", time=None),
    ) == [
        "→ ClientHello",
        "    flight 1 · 0.000000 s · 120 bytes",
        "    packet 4",
        "    server name a.example",
        "    versions TLS 1.3, TLS 1.2,",
        "      TLS 1.1, TLS 1.0",
        "⇐ (Finished)",
        "    flight 2 · 0.031500 s · +31.5 ms",
        "    server 1.50 ms, network 30.0 ms",
        "    with handshake keys",
        "→ ✗ Finished",
        "    The capture ends before it.",
    ]  # fmt: skip


def test_what_has_no_arrow_has_none():
    assert listed(40, rung("oddity", name="wrong order", time=None)) == ["  ! wrong order"]


def test_fields_are_there():
    assert listed(40, rung(time=None, fields=(Field(name="random", value="1 byte", data="00"),)))[1:] == [
        "    random  1 byte",
        "      0000  00",
    ]


@pytest.mark.parametrize("width", [20, 21, 33, 59])
def test_it_fits(width):
    long = rung(name="x" * 300, telling=(("name", "本" * 90),), note="word " * 50, packet=10**9, length=10**12, records=(10**9,) * 5,
                fields=(Field(name="n" * 50, value="v" * 90, depth=9, data="00" * 40),))  # fmt: skip
    assert all(width_of([(line, "")]) <= width for line in listed(width, long))
