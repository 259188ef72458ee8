"""Dialog: one plaintext protocol as it goes on, from its first bytes to where TLS (or another protocol) begins.

Here lives: what every such protocol has in common — the contract, the signs by which its start is known, where TLS may begin.  Here
does not live: the protocols (one file a kind: ``replies``, ``mailboxes``, ``databases``, ``proxies`` …), the choice among them
(``preludes``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from analyzer.handshakes.prelude import Prelude

__all__ = ["KEPT", "Dialog", "Row", "Sign", "begins", "tls_begins"]

KEPT = 200
"""Bytes of a greeting or an answer that a Prelude keeps."""

Sign = Callable[[bytes], "bool | None"]
"""Whether the first bytes of a side may begin a protocol; None while that takes more bytes.  It must know by 64 bytes."""


class Dialog:
    """One protocol as it goes on.  The class attributes are the state in which it begins."""

    protocol = ""
    sure: bool | None = None
    """True: it is this protocol beyond doubt; False: it is not (then it is not asked again); None: both may be."""
    settled = False
    """Nothing more can be learnt (TLS was not taken, or refused for good): the flow need not be read on."""
    framing: str | None = None
    """What TLS records are wrapped in from here on ("tds"), None where they stand in the stream as they are."""

    def __init__(self, client_side: int) -> None:
        """``client_side`` is the side (0 or 1) that the sign took for the client; a dialog that learns better changes its prelude."""
        self.prelude = Prelude(protocol=self.protocol, client_side=client_side, packets=[])

    def take(self, side: int, data: bytes) -> int | None:
        """Take bytes in order of one side; return how many of them belong to the dialog where it is over for this side.

        TLS, or another prelude, begins behind them (0 to len(data)); None while it goes on.  Raises nothing.
        """
        raise NotImplementedError

    def unwrap(self, side: int, data: bytes) -> bytes:
        """Return the TLS bytes in those of one side, in order; of use only where ``framing`` is set."""
        del side
        return data


class Row(NamedTuple):
    """One protocol in the table: the signs of its sides (None: that side does not speak first, or tells nothing), and its dialog."""

    client: Sign | None
    server: Sign | None
    make: Callable[[int], Dialog]


def begins(*words: bytes) -> Sign:
    """Return the sign that holds where the bytes begin with one of these (upper case; the letters of the wire may be lower)."""
    longest = max(map(len, words))
    parts = frozenset(word[:size] for word in words for size in range(len(word)))

    def sign(data: bytes) -> bool | None:
        head = data[:longest].upper()
        if head.startswith(words):
            return True
        return None if head in parts else False

    return sign


def tls_begins(data: bytes, at: int = 0) -> bool:
    """Whether the byte here can only begin a TLS record (RFC 8446 section 5.1): no text line begins with types 20 to 23."""
    return 20 <= data[at] <= 23 and data[at + 1 : at + 2] in {b"", b"\3"}
