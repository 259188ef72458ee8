"""The noun: plain values, which JSON carries there and back."""

from __future__ import annotations

import msgspec
import talk

import analyzer
from analyzer.ladders import KINDS, Ladder
from analyzer.ladders.reading import ladder


def test_json_carries_all_of_it():
    [made] = [made for _, made in analyzer.stream(talk.SAMPLES / "tls13.pcapng")]
    drawn = ladder(made, ["tls13.pcapng"], fields=True)
    assert msgspec.json.decode(msgspec.json.encode(drawn), type=Ladder) == drawn


def test_the_same_capture_gives_the_same_bytes():
    twice = [msgspec.json.encode([ladder(made, []) for _, made in analyzer.stream(talk.SAMPLES / "tour.pcapng")]) for _ in range(2)]
    assert twice[0] == twice[1]


def test_every_kind_is_explained():
    assert all(KINDS.values())
