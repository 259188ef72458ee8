"""What is said of a rung: spans, offsets, sizes, packets, steps."""

from __future__ import annotations

import pytest

from analyzer.ladders import Ladder, Rung
from analyzer.ladders.phrases import Numbers, lasted, names, offset, sizes, steps, telling, thought


def rung(**known):
    return Rung(**{"kind": "message", "sender": "client", "name": "ClientHello"} | known)


@pytest.mark.parametrize(
    ("ns", "told"),
    [
        (0, "0 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (34_049, "34.0 µs"),
        (999_499, "999 µs"), (999_500, "1.00 ms"), (1_230_000, "1.23 ms"),
        (9_996_000, "10.0 ms"), (99_960_000, "100 ms"), (12_340_000_000, "12.3 s"), (59_999_999_999, "60.0 s"),
        (7_380_000_000_000, "2 h 3 min"), (-1_230_000, "-1.23 ms"), (10**30, "11574074074074074 d 1 h"),
    ],
)  # fmt: skip
def test_spans(ns, told):
    assert lasted(ns) == told


@pytest.mark.parametrize(
    ("ns", "told"),
    [(0, "0.000000"), (1_999, "0.000001"), (1_234_567_899, "1.234567"), (-1_500_000_000, "-1.500000"), (86_400 * 10**9, "86400.000000")],
)
def test_offsets_are_those_of_wireshark(ns, told):
    assert offset(ns) == told


def test_sizes():
    assert sizes(rung()) == []
    assert sizes(rung(length=1)) == ["1 byte"]
    assert sizes(rung(length=1234, records=(1234,))) == ["1,234 bytes"]
    assert sizes(rung(length=90, records=(3211,))) == ["90 bytes", "in a record of 3,211"]
    assert sizes(rung(length=90, records=(60, 30))) == ["90 bytes", "in 2 records (60 + 30)"]
    assert sizes(rung(length=90, records=(20,) * 9)) == ["90 bytes", "in 9 records (20 + 20 + 20 + 20 + …)"]


def test_a_name_that_is_guessed_is_in_brackets():
    assert (names(rung()), names(rung(name="Finished", guessed=True))) == ("ClientHello", "(Finished)")
    assert names(rung(name="a\x1bb")) == "a\\u{1b}b"


def test_telling_fields_are_escaped():
    assert telling(rung(telling=(("server name", "a\u202eb"), ("", "c")))) == ["server name a\\u{202e}b", "c"]


def test_who_took_the_time():
    assert thought(rung()) == ""
    assert thought(rung(thought=5_000_000)) == "client and network 5.00 ms"
    assert thought(rung(sender="server", thought=5_000_000, network=4_000_000)) == "server 1.00 ms, network 4.00 ms"
    assert thought(rung(thought=1_000_000, network=4_000_000)) == "network 4.00 ms"
    assert thought(rung(thought=1_000_000, network=0)) == "client 1.00 ms"


def test_steps_and_flights():
    assert steps([rung(), rung(step="1"), rung(step="2"), rung(), rung(step="2")]) == ("step", ["", "1", "2", "", "2"])
    assert steps([rung(step="flight 1"), rung(step="flight 1"), rung(step="flight 2")]) == ("flight", ["1", "1", "2"])
    assert steps([rung(step="flight 1"), rung(step="renegotiation")]) == ("step", ["flight 1", "renegotiation"])
    assert steps([rung(), rung()]) == ("step", ["", ""])


def numbers(*rungs):
    told = Numbers(Ladder(number=1, client="a", server="b", rungs=rungs))
    return list(told.captures), [told.of(one) for one in rungs]


def test_packets_of_one_capture_are_numbers():
    assert numbers(rung(source="x", packet=3), rung(source="x", packet=3, last_packet=3), rung(source="x", packet=4, last_packet=6)) == (
        [], ["3", "3", "4-6"],
    )  # fmt: skip
    assert numbers(rung()) == ([], [""])


def test_packets_of_several_captures_have_a_letter():
    assert numbers(rung(source="y", packet=3), rung(source="x", packet=9)) == ([("a", "x"), ("b", "y")], ["b:3", "a:9"])
    captures, told = numbers(*(rung(source=f"{at:02}", packet=1) for at in range(30)))
    assert (len(captures), told[0], told[25], told[26]) == (30, "a:1", "z:1", "26:1")
