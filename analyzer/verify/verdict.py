"""Verdict: one capture through Wireshark and through tlsscan, and what they do not agree on.

Here lives: ``verify`` and its result.  Here does not live: either reading (``wireshark``, ``own``), comparing (``compare``), formats.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.capture import Capture
from analyzer.errors import CaptureError
from analyzer.limits import DEFAULT
from analyzer.scanning import Stream
from analyzer.verify import own
from analyzer.verify.compare import compare
from analyzer.verify.fact import FIELDS, type_name
from analyzer.verify.wireshark import Asking, find

if TYPE_CHECKING:
    from collections.abc import Collection
    from os import PathLike

    import pandas as pd

    from analyzer.limits import Limits
    from analyzer.verify.compare import Comparison, Difference
    from analyzer.verify.fact import Fact, Sides

__all__ = ["Verdict", "verify"]


class Verdict:
    """What both said of one capture.

    ``rows`` are the differences in order of packets, ``alike`` counts what agrees by field, ``notes`` counts what is no difference
    (decrypted by Wireshark, retransmissions); ``differences`` and ``counts`` are DataFrames of the same.
    """

    def __init__(self, path: str, version: str, words: str | None, found: Comparison, fields: Collection[str] = ()) -> None:
        """Keep the comparison; with ``fields`` only what concerns these."""
        self.path, self.version, self.words = path, version, words
        self.rows: list[Difference] = [row for row in found.differences if not fields or row.field in fields]
        self.alike: dict[str, int] = {name: found.alike[name] for name in FIELDS if found.alike[name] and (not fields or name in fields)}
        self.differing: dict[str, int] = {}
        for row in self.rows:
            self.differing[row.field] = self.differing.get(row.field, 0) + 1
        self.notes = dict(found.notes)

    def __bool__(self) -> bool:
        """Return whether both agree."""
        return not self.rows

    def __repr__(self) -> str:
        """Say it in one line."""
        return f"<Verdict on {self.path}: {sum(self.alike.values()):,} facts alike, {len(self.rows):,} differ (Wireshark {self.version})>"

    @property
    def differences(self) -> pd.DataFrame:
        """A row for each difference: packet, kind, stream, message, field, both values, reason."""
        import pandas as pd  # noqa: PLC0415 - start-up time

        return pd.DataFrame(map(told, self.rows), columns=COLUMNS)

    @property
    def counts(self) -> pd.DataFrame:
        """Agreements and differences of each field."""
        import pandas as pd  # noqa: PLC0415 - start-up time

        names = [name for name in FIELDS if name in self.alike or name in self.differing]
        rows = [(name, self.alike.get(name, 0), self.differing.get(name, 0)) for name in names]
        return pd.DataFrame(rows, columns=["field", "agree", "differ"]).set_index("field")


COLUMNS = ["packet", "kind", "transport", "source", "source_port", "target", "target_port", "message", "field",
           "wireshark", "tlsscan", "reason", "filter"]  # fmt: skip
"""What ``told`` gives of a difference."""


def told(row: Difference) -> dict[str, object]:
    """Tell a difference as plain values: names beside numbers, and a display filter of Wireshark that shows the packet."""
    transport, (source, source_port), (target, target_port) = row.sides
    values: tuple[object, ...] = (
        row.packet, row.kind, transport, source, source_port, target, target_port, type_name(row.type), row.field,
        row.wireshark, row.tlsscan, row.reason, f"frame.number == {row.packet}",
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def verify(
    path: str | PathLike[str],
    *,
    tshark: str | PathLike[str] | None = None,
    limits: Limits = DEFAULT,
    fields: Collection[str] = (),
) -> Verdict:
    """Read a capture file with both and compare what they say of each handshake message and alert.

    ``tshark`` is the program to ask (else that of $WIRESHARK_PATH, else the one on PATH); ``fields`` some of ``fact.FIELDS``.  Raises
    WiresharkMissingError where there is none, CaptureError for what one of both cannot read.  May be called in a notebook:
    the event loop that pyshark needs is its own.
    """
    program, place = find(tshark), Path(path)
    if not place.is_file():
        raise CaptureError(f"{path}: no such file" if not place.exists() else f"{path}: not a file, and Wireshark reads nothing else")
    ours: list[Fact] = []
    sealed: dict[Sides, own.Seal] = {}
    capture = Capture(place, 0, limits)
    with Asking(place, program) as asking:
        for _, handshake in Stream([capture], limits, None, None):
            ours += own.facts(handshake)
            for sides, seal in own.sealed(handshake):
                sealed[sides] = min(seal, sealed.get(sides, seal))
        theirs, words = asking.answer()
    return Verdict(str(path), asking.version, words, compare(theirs, ours, sealed, keys=bool(capture.secrets)), fields)
