"""Dialogs in units: holding, stepping over, giving up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from unit_talk import C, S, cuts, heard

from analyzer.handshakes.dialogs.units import ALIEN, HELD, MORE, OVER, UNITS, Units, looks


class Toy(Units):
    """Units of a length in two bytes; ``!`` ends the dialog, ``?`` is nobody's."""

    protocol = "toy"

    def __init__(self, client_side):
        super().__init__(client_side)
        self.units = []

    def _client(self, data):
        if data[0] == ord("!"):
            return OVER
        if data[0] == ord("?"):
            return ALIEN
        length = 2 + int.from_bytes(data[:2], "big")
        if len(data) < 2 or len(data) < min(length, HELD):
            return MORE
        self.units.append(data[2:length])
        return length

    def _server(self, data):
        del data
        return MORE


def unit(body):
    return len(body).to_bytes(2, "big") + body


@given(st.lists(st.binary(max_size=60), max_size=8), cuts)
def test_any_cut_gives_the_same_units(bodies, sizes):
    stream = b"".join(map(unit, bodies))
    dialog, ends = heard(Toy, (C, stream + b"!TLS"), sizes=sizes)
    assert (dialog.units, ends, dialog.sure) == (bodies, [len(stream), None], None)
    assert dialog.take(C, b"more") == 0


@given(cuts)
def test_a_long_unit_is_stepped_over(sizes):
    long = unit(bytes(20_000))
    dialog, ends = heard(Toy, (C, long + unit(b"next") + b"!"), sizes=[9000, *sizes])
    assert ([len(body) for body in dialog.units], ends[C]) == ([HELD - 2, 4], len(long) + 6)


def test_what_is_nobodys_ends_it():
    dialog, ends = heard(Toy, (C, unit(b"one") + b"?"))
    assert (dialog.sure, dialog.settled, ends) == (False, False, [0, None])
    dialog = Toy(C)
    dialog.sure = True
    assert (dialog.take(C, b"?"), dialog.sure, dialog.settled, dialog.take(S, b"any")) == (None, True, True, None)


def test_a_unit_that_never_ends_and_units_without_end():
    dialog, _ = heard(Toy, *[(S, bytes(1000))] * 20)
    assert dialog.sure is False
    assert dialog._held == [b"", b""]
    assert heard(Toy, (C, bytes(2 * UNITS + 4)))[0].sure is False


def test_signs():
    sign = looks(b"PROXY ", b"\x05\x01")
    openings = b"P", b"PROXY TCP4", b"\x05", b"\x05\x01\x00", b"\x05\x02", b"x"
    assert [sign(data) for data in openings] == [None, True, None, True, False, False]
