"""The noun itself."""

from __future__ import annotations

import msgspec

from analyzer.handshakes.handshake import OUTCOMES, Endpoint, Handshake

ENDS = {"client": Endpoint(bytes(4), 1), "server": Endpoint(bytes(4), 2)}


def test_lists_are_nobody_else_s():
    one, two = Handshake(**ENDS), Handshake(**ENDS)
    one.seen.append(None)
    one.lost["client"] = 1
    assert (two.seen, two.lost) == ([], {})


def test_the_outcome_is_cut_until_it_is_known():
    assert Handshake(**ENDS).outcome in OUTCOMES


def test_json_can_hold_it():
    assert msgspec.json.decode(msgspec.json.encode(Handshake(**ENDS)))["client"]["port"] == 1
