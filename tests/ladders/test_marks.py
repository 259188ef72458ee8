"""Kinds of rungs are told apart without colour, on terminals of ASCII too."""

from __future__ import annotations

import pytest

from analyzer.ladders import KINDS, Ladder, Rung
from analyzer.ladders.marks import legend, mark_of
from analyzer.reports.paint import STYLES


def rung(kind="message", **known):
    return Rung(**{"kind": kind, "sender": "client", "name": "x"} | known)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_mark(kind):
    mark = mark_of(rung(kind))
    assert mark.style in STYLES
    assert all(len(sign) <= 1 for sign in (mark.line, mark.sign, mark.left, mark.right, *mark.near))


def test_encrypted_ones_are_drawn_differently():
    for kind in ("message", "alert", "data"):
        plain, encrypted = mark_of(rung(kind)), mark_of(rung(kind, encrypted=True))
        assert plain.line != encrypted.line
        assert plain.near != encrypted.near
    assert mark_of(rung("sealed", encrypted=True)).line == mark_of(rung("data", encrypted=True)).line


def test_what_happened_otherwise_is_told_without_colour():
    looks = [mark_of(rung(kind)) for kind in ("message", "tcp", "loss", "again", "oddity", "missing")]
    assert len({(mark.line, mark.sign) for mark in looks}) == len(looks)


def test_a_new_kind_looks_like_a_message():
    assert mark_of(rung("new")) == mark_of(rung())


def test_the_legend_tells_what_is_there_and_nothing_else():
    def of(*rungs, drawn=True):
        return dict(legend(Ladder(number=1, client="a", server="b", rungs=rungs), drawn=drawn))

    assert of(rung(), rung("tcp")) == {}
    assert of(rung("sealed", encrypted=True, guessed=True)) == {"═▶": "encrypted", "(name)": "encrypted: told by its place and size"}
    assert of(rung("sealed", encrypted=True), drawn=False) == {"⇒": "encrypted"}
    assert of(rung("missing"), rung("missing"), rung("loss")) == {"✗": "did not come", "?": "not in the capture"}
