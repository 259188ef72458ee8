"""The page: what every part is told, and how they are put together in one file.

Here lives: the Report, the order of the file, its size.  Here does not live: a part of it (a file each), the markup (``page.html.j2``),
the script (``*.js``), the looks (``*.css``).

The file is static HTML (overview, findings, servers), then data that the script unpacks when somebody asks: tables as columns first,
details in chunks after them, those of what failed before those of what went well.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer.reports.html import overview
from analyzer.reports.html.certificates import Certificates
from analyzer.reports.html.columns import Columns, Shown, TextRoom
from analyzer.reports.html.connections import Connections
from analyzer.reports.html.embedding import between_tags, deflated, pieces_deflated, policy
from analyzer.reports.html.findings import MOST_LISTED, Findings
from analyzer.reports.html.handshakes import Handshakes
from analyzer.reports.html.servers import Server, Servers
from analyzer.reports.html.values import text
from analyzer.reports.plots.chains import chain, links
from analyzer.reports.summary import Summary
from analyzer.times import iso_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]

LARGEST = 24_900_000
"""Bytes of the page: what mail and ticket systems take (25 MB); the details of handshakes that went well are left out first."""
TEXTS = 12_000_000
"""Characters of distinct texts in all tables of a page: 200,000 clients with names and fingerprints have two thirds of it."""
_LISTED_SERVERS = 100
SCRIPTS = ("elements.js", "store.js", "grid.js", "tables.js", "ladder.js", "views.js", "page.js")
"""Files of the script, in the order in which they stand in the page."""
STYLES = ("page.css", "views.css", "print.css")
_HERE = Path(__file__).parent
_MARK = "<!--data-->"

_SERVERS = (
    Shown("name", doc="Server name that clients asked for.", usual=True, link="server"),
    Shown("where", doc="Address and port.", usual=True),
    Shown("handshakes", "int", "Handshakes with it.", usual=True),
    Shown("complete", "int", "How many of them were complete.", usual=True),
    Shown("outcomes", doc="How they ended."),
    Shown("versions", doc="Versions that were negotiated.", usual=True),
    Shown("suites", doc="Cipher suites that it chose.", usual=True),
    Shown("groups", doc="Groups of the key exchange.", usual=True),
    Shown("post_quantum", "int", "Handshakes with a post-quantum key exchange.", usual=True),
    Shown("severity", doc="The gravest of what was found in its handshakes.", usual=True),
    Shown("place", "int", inner=True),
    Shown("certificate", "int", inner=True),
)


class Report:
    """One page; nothing is written before the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin the parts."""
        self._out = out
        self._options = options
        self._tables = options.tables
        self._texts = TextRoom(TEXTS)
        self._summary = Summary(options.tables)
        self._handshakes = Handshakes(options.tables, self._texts)
        self._certificates = Certificates(options.tables, self._texts)
        self._findings = Findings(options.tables, self._texts)
        self._servers = Servers()
        self._connections = Connections(options.tables)
        self._rules: list[dict[str, Any]] = []
        self._policies: list[dict[str, Any]] = []
        self._sums: list[tuple[str, list[tuple[str, str]]]] = []

    def add(self, told: Told) -> None:
        """Tell one handshake, one connection that came to none, or what is known at the end."""
        self._summary.add(told)
        self._connections.add(told)
        if told.handshake is not None and (told.handshake.server_chain or told.handshake.client_chain):
            self._certificates.add(told.rows("certificates"))
        row = self._handshakes.row(told)
        if row is not None:
            self._handshakes.add(told, row, self._servers.add(row), self._certificates, told.sources)
        for finding in self._findings.rows(self._rows("findings", told)):
            self._found(finding)
        self._certificates.judge(self._rows("trust", told))
        if told.over:
            self._rules = self._findings.asked(self._rows("rules", told))
            names = [column.name for column in self._tables["policies"].columns] if "policies" in self._tables else []
            self._policies = [dict(zip(names, one, strict=True)) for one in self._rows("policies", told)]
            self._sums = list(told.sums())

    def _rows(self, table: str, told: Told) -> list[Any]:
        return told.rows(table) if table in self._tables else []

    def _found(self, finding: dict[str, Any]) -> None:
        sha256 = finding["certificate"]
        name = self._certificates.rows[sha256]["title"] if sha256 in self._certificates.rows else sha256
        self._findings.add(finding, name, None if sha256 is None else self._certificates.place(sha256))
        numbers = finding["handshakes"] or ([] if finding["handshake"] is None else [finding["handshake"]])
        self._handshakes.found(numbers, finding["severity"])
        if sha256 is not None:
            self._certificates.found(sha256, finding["severity"])

    def flush(self) -> None:
        """Do nothing: no part of the page is whole before the end."""

    def end(self, end: End) -> None:
        """Write the page."""
        tables = {
            "handshakes": self._handshakes.columns, "findings": self._findings.columns, "servers": self._server_columns(),
            "certificates": self._certificates.columns, "chains": self._certificates.chains,
        }  # fmt: skip
        data = [(f"table-{name}", pieces_deflated(columns.pieces())) for name, columns in tables.items()]
        data.append(("facts", deflated(self._facts())))
        data.append(("rules", deflated(self._findings.rules)))
        blocks = b"".join(f'<script type="text/plain" id="{name}">'.encode() + packed + b"</script>\n" for name, packed in data)
        notes = list(self._left_out())
        head, tail = self._static(end, notes)
        room = LARGEST - len(head) - len(tail) - len(blocks) - 1000
        self._out.write(head + blocks)
        missing: dict[str, int] = {}
        for chunks, words in (
            (self._handshakes.telling, "handshakes that did not complete"), (self._findings.details, "findings"),
            (self._certificates.details, "certificates"), (self._certificates.verdicts, "chains"),
            (self._handshakes.usual, "complete handshakes"),
        ):  # fmt: skip
            written, left_out = chunks.write(self._out, room)
            room -= written
            if left_out:
                missing[words] = left_out
        # what the chunks had no room for is known only here; the script adds it to what was left out
        self._out.write(f'<script type="application/json" id="missing">{between_tags(missing)}</script>\n'.encode())
        self._out.write(tail)
        self._out.flush()

    def _facts(self) -> dict[str, list[tuple[str, str]]]:
        """Return which facts there are of each thing, in their order, and what they mean."""
        tables = [self._tables[name] for name in ("handshakes", "certificates", "trust") if name in self._tables]
        return {table.name: [(column.name, column.doc) for column in table.columns] for table in tables}

    def _left_out(self) -> Iterator[str]:
        """Give what the page has no room for, in words."""
        for count, words, how in (
            (self._handshakes.room.left_out, "handshakes have no row in the table", "--format parquet or --format csv has all"),
            (self._findings.room.left_out, "findings have no row in the table", "--format csv --table findings has all"),
            (self._certificates.room.left_out, "certificates are not told", "--format csv --table certificates has all"),
            (self._certificates.chain_room.left_out, "chains are not told", "--format csv --table trust has all"),
            (self._servers.beyond, "handshakes are with servers that are not listed", "--format csv has all"),
            (self._texts.beyond, "cells have no text: too many different ones", "--format csv has all"),
        ):
            if count:
                yield f"{count:,} {words}; {how}."

    def _server_columns(self) -> Columns:
        columns = Columns(_SERVERS, self._texts)
        for one in self._servers.all():
            columns.add(
                (
                    one.name or "(no name)", one.where, one.handshakes, one.outcomes["complete"], _counted(one.outcomes),
                    _counted(one.versions), _counted(one.suites), _counted(one.groups), one.post_quantum, one.severity, one.place,
                    None if one.certificate is None else self._certificates.place(one.certificate),
                )
            )  # fmt: skip
        return columns

    def _static(self, end: End, notes: list[str]) -> tuple[bytes, bytes]:
        """Return what stands before and after the data."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - heavy, and only this format needs it
        from markupsafe import Markup  # noqa: PLC0415 - as above

        def shown(value: object) -> object:
            """Every text of the template passes here before it is escaped for HTML; our own markup stays."""
            return value if isinstance(value, Markup) or not isinstance(value, str) else text(value)

        environment = Environment(
            loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=shown
        )
        environment.filters["day"] = lambda ns: "" if ns is None else iso_seconds(ns)[:10]
        environment.filters["counted"] = "{:,}".format
        script, style = ("".join((_HERE / name).read_text("utf-8") for name in names) for names in (SCRIPTS, STYLES))
        servers = sorted(self._servers.all(), key=lambda one: (-one.handshakes, one.place))
        page = environment.get_template("page.html.j2").render(
            policy=Markup(policy(script, style)),  # noqa: S704 - hashes of our own files
            script=Markup(script),  # noqa: S704 - our own file
            style=Markup(style),  # noqa: S704 - our own file
            version=self._options.version, registry=self._options.registry, interrupted=end.interrupted,
            captures=overview.captures(end.sources), captures_in_all=len(end.sources),
            times=overview.times(self._summary),
            figures=list(overview.figures(self._summary, self._findings.severities, len(servers))),
            plots=[Markup(drawn) for drawn in overview.plots(self._summary, self._handshakes.columns)],  # noqa: S704 - escaped by ``plots``
            sums=self._sums, noted=list(overview.noted(self._summary, end)), policies=self._policies, rules=self._rules, left_out=notes,
            severities=self._findings.severities, findings=self._findings.listed(), most_listed=MOST_LISTED,
            servers=[_listed(one) for one in servers[:_LISTED_SERVERS]], servers_in_all=len(servers),
            certificates=self._certificates.columns.length,
            connections=self._connections.listed, connections_in_all=self._connections.count,
            chains=[
                (one, Markup(chain(links(one, self._certificates.rows), one["verdict"])))  # noqa: S704 - as plots
                for one in self._certificates.gravest()
            ],
            handshakes=self._handshakes.columns.length,
        )  # fmt: skip
        head, mark, tail = page.partition(_MARK)
        assert mark
        return head.encode("utf-8", "replace"), tail.encode("utf-8", "replace")


def _counted(counts: dict[str, int]) -> str:
    """Return names, the most frequent first; with their counts where there are several."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(name if len(ordered) == 1 else f"{name} ({count:,})" for name, count in ordered)


def _listed(server: Server) -> dict[str, Any]:
    return {
        "place": server.place, "name": server.name or "(no name)", "where": server.where, "handshakes": server.handshakes,
        "outcomes": _counted(server.outcomes), "versions": _counted(server.versions), "suites": _counted(server.suites),
        "groups": _counted(server.groups), "severity": server.severity or "",
    }  # fmt: skip
