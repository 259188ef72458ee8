"""Rungs between lifelines: columns, arrows, what stands under and beside them, at any width."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.ladders import KINDS, Epoch, Field, Ladder, Pace, Rung
from analyzer.ladders.cells import width_of
from analyzer.ladders.lifelines import Lifelines

START = 1_700_000_000_000_000_000
EPOCHS = (Epoch(name="plaintext", readable=True, doc=""), Epoch(name="handshake keys", readable=False, doc=""))


def rung(kind="message", sender="client", name="ClientHello", ms=0, **known):
    return Rung(**{"kind": kind, "sender": sender, "name": name, "time": START + int(ms * 1e6)} | known)


def ladder(*rungs, **known):
    return Ladder(**{"number": 1, "client": "192.0.2.1:5000", "server": "192.0.2.2:443", "rungs": rungs, "epochs": EPOCHS} | known)


def drawn(width, *rungs, **known):
    lines = Lifelines(ladder(*rungs, **known), width)
    assert lines.fits
    return ["".join(text for text, _ in line).rstrip() for line in lines.lines()]


def test_a_question_and_its_answer():
    assert drawn(
        60,
        rung(length=120, records=(120,), packet=4, step="1", epoch=0, telling=(("server name", "a.example"), ("ALPN", "h2"))),
        rung(sender="server", name="ServerHello", ms=31.5, length=90, packet=6, last_packet=7, step="2", epoch=0,
             after=31_500_000, thought=31_500_000, network=30_000_000, telling=(("version", "TLS 1.2"),)),
    ) == [
        "step   seconds  client                        server  packet",
        "                │                                  │",
        "1     0.000000  │── ClientHello, 120 bytes ───────▶│  4",
        "                │    server name a.example         │",
        "                │    ALPN h2                       │",
        "                │             31.5 ms              │",
        "                │ server 1.50 ms, network 30.0 ms  │",
        "2     0.031500  │◀──────── ServerHello, 90 bytes ──│  6-7",
        "                │               version TLS 1.2    │",
        "                │                                  │",
    ]  # fmt: skip


def test_a_side_that_encrypts_has_another_lifeline_and_says_with_what():
    lines = drawn(
        64,
        rung(name="ClientHello", epoch=0),
        rung("sealed", "server", "Certificate", 1, encrypted=True, guessed=True, epoch=1, length=1000),
        rung("sealed", "server", "Finished", 1, encrypted=True, guessed=True, epoch=1),
        rung("sealed", "client", "Finished", 2, encrypted=True, guessed=True, epoch=1),
    )
    assert [line[10:] for line in lines[2:]] == [
        "│── ClientHello ────────────────────────────▶│",
        "│◀═════════════ (Certificate), 1,000 bytes ══║",
        "│                     with handshake keys    ║",
        "│◀═════════════════════════════ (Finished) ══║",
        "║══ (Finished) ═════════════════════════════▶║",
        "║    with handshake keys                     ║",
        "║                                            ║",
    ]


@pytest.mark.parametrize(
    ("kind", "sender", "line"),
    [
        ("tcp", "client", "│╌╌ SYN ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▷│"),
        ("tcp", "server", "│◁╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ SYN ╌╌│"),
        ("loss", "server", "│?·························· ? SYN ··│"),
        ("missing", "client", "│·· ✗ SYN ··························✗│"),
        ("again", "client", "│╌╌ ~ SYN ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▷│"),
        ("oddity", "client", "│  ! SYN                             │"),
        ("oddity", "server", "│                             ! SYN  │"),
        ("alert", "client", "│── ! SYN ──────────────────────────▶│"),
    ],
)
def test_each_kind_looks_different(kind, sender, line):
    assert drawn(56, rung(kind, sender, "SYN"))[2][10:] == line


def test_what_does_not_fit_is_left_out_from_the_end():
    long = rung(name="CertificateVerify", length=1234, records=(617, 617))
    assert "─ CertificateVerify, 1,234 bytes in 2 records (617 + 617) ─" in drawn(100, long)[2]
    assert "─ CertificateVerify, 1,234 bytes ─" in drawn(60, long)[2]
    assert "─ CertificateVerifica… ─" in drawn(48, msgspec.structs.replace(long, name="CertificateVerification"))[2]


def test_long_names_are_cut_and_wide_letters_counted():
    for line in drawn(60, rung(name="日本" * 100, telling=(("name", "本" * 300),), note="ノート" * 60)):
        assert width_of([(line, "")]) <= 60


def test_time_since_has_a_column_where_there_is_room():
    two = rung(), rung(ms=2, after=2_000_000)
    assert "since" not in drawn(70, *two)[0]
    lines = drawn(100, *two)
    assert "since" in lines[0]
    assert "+2.00 ms" in lines[-2]


def test_what_is_known_stands_beside_the_arrow_where_there_is_room():
    lines = drawn(200, rung(telling=(("server name", "a.example"),), packet=1), rung(name="b", packet=2))
    assert len(lines) == 5
    assert lines[2].endswith("▶│  1       server name a.example")


def test_only_long_pauses_are_drawn():
    def pauses(*rungs):
        return [line for line in drawn(60, *rungs, pace=Pace(total=100_000_000)) if "ms" in line]

    assert pauses(rung(after=4_000_000)) == []
    assert len(pauses(rung(after=6_000_000))) == 1
    assert pauses(rung(after=None)) == []


def test_fields_stand_under_their_message():
    lines = drawn(60, rung(fields=(Field(name="random", value="2 bytes", data="00ff"),)), rung(name="next"))
    assert lines[3:5] == ["    random  2 bytes", "      0000  00 ff"]


def test_it_does_not_fit_where_it_is_narrow():
    assert not Lifelines(ladder(rung(packet=1)), 40).fits


def test_nothing_at_all():
    assert len(drawn(60)) == 3


MAYBE = st.none() | st.integers(-(10**20), 10**20)
RUNGS = st.builds(
    Rung,
    kind=st.sampled_from([*KINDS, "new"]),
    sender=st.sampled_from(["client", "server", "nobody"]),
    name=st.text(max_size=80),
    guessed=st.booleans(),
    encrypted=st.booleans(),
    step=st.none() | st.text(max_size=30),
    length=MAYBE,
    records=st.lists(st.integers(0, 10**9), max_size=6).map(tuple),
    time=MAYBE,
    source=st.none() | st.text(max_size=5),
    packet=st.none() | st.integers(0, 10**9),
    last_packet=st.none() | st.integers(0, 10**9),
    epoch=st.none() | st.integers(-2, 5),
    telling=st.lists(st.tuples(st.text(max_size=20), st.text(max_size=300)), max_size=6).map(tuple),
    note=st.none() | st.text(max_size=300),
    after=MAYBE,
    thought=MAYBE,
    network=MAYBE,
)


@given(st.lists(RUNGS, max_size=4), st.integers(20, 240))
def test_whatever_it_is_it_fits(rungs, width):
    lines = Lifelines(ladder(*rungs), width)
    if lines.fits:
        for line in lines.lines():
            text = "".join(part for part, _ in line)
            assert width_of([(text.rstrip(" "), "")]) <= width
            assert text.isprintable()
