"""Dialogs of text lines played by hand: turns of bytes given to the preludes, and what they say of them.

Here lives: what the tests of protocols that speak in lines build with.
"""

from __future__ import annotations

from analyzer.handshakes.preludes import Preludes
from analyzer.limits import DEFAULT

HELLO = b"\x16\3\1\0\5\1\0\0\1\0"
"""What comes behind a prelude."""


def spoken(*turns):
    preludes = Preludes(DEFAULT)
    for packet, (side, said) in enumerate(turns, 1):
        assert preludes.take(side, said, packet, packet * 10) == len(said)
    return preludes


def one(*turns):
    [prelude] = spoken(*turns).told
    return prelude


def verdict(prelude):
    return prelude.protocol, prelude.client_side, prelude.offered, prelude.requested, prelude.granted
