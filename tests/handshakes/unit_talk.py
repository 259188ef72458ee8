"""Dialogs before TLS played by hand: turns of bytes, cut in any way, given to one dialog or to all of them.

Here lives: what the tests of protocols that speak in units build with.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.preludes import Preludes
from analyzer.limits import DEFAULT

C, S = 0, 1
TLS = b"\x16\x03\x01\x00\x05hello"
"""What comes behind a prelude."""

cuts = st.lists(st.integers(1, 30), max_size=80)


def heard(make, *turns, sizes=()):
    """Play turns (side, bytes) in pieces of ``sizes``; return the dialog and, of both sides, how many bytes belong to it (None: all)."""
    dialog, sizes = make(C), iter(sizes)
    ends, said = [None, None], [0, 0]
    for side, data in turns:
        at = 0
        while at < len(data) and ends[side] is None:
            piece = data[at : at + next(sizes, 10_000)]
            over = dialog.take(side, piece)
            if over is not None:
                assert 0 <= over <= len(piece)
                ends[side] = said[side] + over
            at += len(piece)
            said[side] += len(piece)
    return dialog, ends


def state(dialog, ends):
    """What may not depend on segments."""
    prelude = dialog.prelude
    return (dialog.sure, dialog.settled, dialog.framing, ends, prelude.protocol, prelude.offered, prelude.requested, prelude.granted,
            prelude.greeting, prelude.answer, prelude.target, prelude.origin)  # fmt: skip


def carried(make, turns, sizes):
    """Any segmentation, and one side wholly before the other, gives the same."""
    whole = state(*heard(make, *turns))
    assert state(*heard(make, *turns, sizes=sizes)) == whole
    for first in (C, S):
        aside = sorted(turns, key=lambda turn: turn[0] != first)
        assert state(*heard(make, *aside, sizes=sizes)) == whole
    return whole


def told(*turns, sizes=()):
    """Play turns to all protocols; return the preludes and, of both sides, where TLS begins."""
    preludes, sizes = Preludes(DEFAULT), iter(sizes)
    ends, said = [None, None], [0, 0]
    for number, (side, data) in enumerate(turns, 1):
        at = 0
        while at < len(data) and ends[side] is None:
            piece = data[at : at + next(sizes, 10_000)]
            over = preludes.take(side, piece, number, number * 10)
            if over < len(piece):
                ends[side] = said[side] + over
            at += len(piece)
            said[side] += len(piece)
    return preludes, ends


def strict(make, *samples):
    """Return a test: junk is never believed, and neither that nor a sample that was damaged or cut raises."""

    @given(st.lists(st.tuples(st.sampled_from([C, S]), st.binary(min_size=1, max_size=80)), max_size=12))
    def test_junk_is_not_believed(turns):
        dialog, _ = heard(make, *turns)
        assert dialog.sure is not True

    @given(st.sampled_from(samples), st.integers(0, 400), st.integers(0, 255), st.integers(0, 400), cuts)
    def test_damage_never_raises(turns, at, byte, end, sizes):
        damaged = []
        for side, data in turns:
            spoiled = bytearray(data[:end])
            if at < len(spoiled):
                spoiled[at] = byte
            damaged.append((side, bytes(spoiled)))
        heard(make, *damaged, sizes=sizes)
        told(*damaged, sizes=sizes)

    return test_junk_is_not_believed, test_damage_never_raises
