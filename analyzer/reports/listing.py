"""Listing: certificates of a scan for people and programs: text, JSON, NDJSON, CSV, or the certificates themselves as PEM.

Here lives: the layout of ``tlsscan certs``.  Here does not live: gathering (``inventory``), files (``cli``), colours (``paint``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.reports import Format, pem
from analyzer.reports.csv import Records
from analyzer.reports.grid import Grid, GridColumn
from analyzer.reports.inventory import COLUMNS, TABLE, Entry, Inventory, Wanted
from analyzer.reports.ndjson import row_encoder
from analyzer.reports.paint import Paint
from analyzer.times import iso, iso_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.reports.paint import Line
    from analyzer.reports.report import End, Options, Told

__all__ = ["SHAPES", "Listing", "Report", "records"]

GRID = (
    GridColumn("CERTIFICATE", 0, 12, 48, style="name"),
    GridColumn("VALID UNTIL", 2, 10, 10, where="cut"),
    GridColumn("KEY", 4, 8, 20),
    GridColumn("ROLES", 5, 6, 20),
    GridColumn("SHOWN", 1, 3, 9, right=True),
    GridColumn("BY", 6, 12, 48),
    GridColumn("ISSUER", 3, 10, 48),
    GridColumn("SHA-256", 7, 16, 16, where="cut", style="faint"),
    GridColumn("FILE", 1, 24, 100, where="middle"),
)


class Listing(Format, frozen=True, kw_only=True):
    """What ``run`` opens: a report of certificates in one of SHAPES; ``over`` is called with what was gathered, if anything was read."""

    wanted: Wanted = Wanted()
    named: bool = False
    """The certificates are written to files: their names are told."""
    over: Callable[[Inventory], None] | None = None

    def open(self, out: BinaryIO, options: Options) -> Report:
        """Begin."""
        return Report(out, options, self)


class Report:
    """The whole listing, written at the end."""

    def __init__(self, out: BinaryIO, options: Options, listing: Listing) -> None:
        """Begin gathering."""
        self._out, self._options, self._listing = out, options, listing
        self._inventory = Inventory(options.tables, listing.wanted)

    def add(self, told: Told) -> None:
        """Take in one handshake."""
        self._inventory.add(told)

    def flush(self) -> None:
        """Do nothing: how often a certificate was shown is known at the end."""

    def end(self, end: End) -> None:
        """Write the listing."""
        SHAPES[self._listing.name](self._out, self._inventory, self._options, self._listing)
        self._out.flush()
        if self._listing.over is not None and (any(source.packets for source in end.sources) or not end.interrupted):
            self._listing.over(self._inventory)


def _text(out: BinaryIO, inventory: Inventory, options: Options, listing: Listing) -> None:
    paint, grid = Paint(options.width, color=options.color), Grid(GRID)
    for entry in inventory.entries():
        grid.add([*_cells(entry, inventory.facts(entry)), inventory.file(entry) if listing.named else ""])
    told = f"{grid.rows:,} certificate{'' if grid.rows == 1 else 's'}"
    seen = f" · shown in {inventory.showing:,} of {inventory.handshakes:,} handshakes" if inventory.handshakes else " · no handshake"
    out.write(paint.line([(told, "title"), (seen, "plain")]))
    out.writelines(paint.line(line) for line in _notes(inventory))
    if grid.rows:
        out.write(b"\n")
        if missing := grid.write(out, paint):
            out.write(paint.line([(f"Not shown for want of room: {', '.join(missing).lower()}", "faint")]))


def _notes(inventory: Inventory) -> Iterator[Line]:
    if inventory.hidden:
        many = "" if inventory.hidden == 1 else "s"
        yield [(f"TLS 1.3 encrypts the certificates of {inventory.hidden:,} handshake{many}: they cannot be seen", "faint")]
    for what, count in inventory.left_out.items():
        yield [(f"{count:,} more {what} found no room and are left out", "warn")]


def _cells(entry: Entry, facts: dict[str, Any]) -> list[str]:
    shown = list(entry.shown_by)
    more = len(shown) - 1 + entry.more
    called = facts["called"] or facts["subject"] or "(no name)"
    return [
        f"{called} ({len(facts['faults'])} odd)" if facts["faults"] else called,
        "" if facts["not_after"] is None else iso_seconds(facts["not_after"]),
        facts["key"] or "",
        " ".join(entry.told_roles()),
        f"{entry.handshakes:,}",
        f"{shown[0]}{f' +{more:,}' if more else ''}",
        "(itself)" if facts["self_signed"] else facts["issued_by"] or "",
        facts["sha256"],
    ]


def _ndjson(out: BinaryIO, inventory: Inventory, options: Options, listing: Listing) -> None:
    del options
    line = row_encoder(TABLE)
    out.writelines(line(row) + b"\n" for row in inventory.rows(files=listing.named))


def _json(out: BinaryIO, inventory: Inventory, options: Options, listing: Listing) -> None:
    del options
    line = row_encoder(TABLE)
    head = {
        "handshakes": inventory.handshakes, "showing": inventory.showing, "hidden": inventory.hidden, "left_out": inventory.left_out,
    }  # fmt: skip
    out.write(msgspec.json.encode(head)[:-1] + b',"certificates":[')
    out.writelines((b",\n" if at else b"\n") + line(row) for at, row in enumerate(inventory.rows(files=listing.named)))
    if listing.wanted.chains:
        out.write(b'\n],"chains":[')
        for at, (name, chain) in enumerate(inventory.chains()):
            told = {"file": name if listing.named else None, "certificates": [entry.digest.hex() for entry in chain]}
            out.write((b",\n" if at else b"\n") + msgspec.json.encode(told))
    out.write(b"\n]}\n")


def records(out: BinaryIO, inventory: Inventory, *, files: bool) -> None:
    """Write a header and a record (RFC 4180) for each certificate; cells as in ``csv``."""
    table = Records(out, COLUMNS)
    table.head()
    for row in inventory.rows(files=files):
        table.row(row)


def _csv(out: BinaryIO, inventory: Inventory, options: Options, listing: Listing) -> None:
    del options
    records(out, inventory, files=listing.named)


def _pem(out: BinaryIO, inventory: Inventory, options: Options, listing: Listing) -> None:
    """Write all certificates, or all chains where these are asked for, each after a few lines that say what it is."""
    del options
    groups = (chain for _, chain in inventory.chains()) if listing.wanted.chains else ([entry] for entry in inventory.entries())
    for at, group in enumerate(groups):
        out.write(b"\n" if at else b"")
        for entry in group:
            facts = inventory.facts(entry)
            times = [None if facts[name] is None else iso(facts[name]) for name in ("not_before", "not_after")]
            told = {
                "subject": facts["subject"], "issuer": facts["issuer"], "not before": times[0], "not after": times[1],
                "shown by": ", ".join(entry.shown_by), "odd": "; ".join(facts["faults"]), "sha256": facts["sha256"],
            }  # fmt: skip
            text = pem.explained((label, value) for label, value in told.items() if value)
            out.write((text + pem.block(inventory.der(entry))).encode("utf-8", "backslashreplace"))


SHAPES: dict[str, Callable[[BinaryIO, Inventory, Options, Listing], None]] = {
    "text": _text,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "pem": _pem,
}
"""Name -> what writes it."""
