"""The target of what is told: handshakes of any bytes as ladders, drawn in each way, and in a report of each format.

Here lives: what must hold of a drawing and of a report, whatever the wire said.  Here does not live: the road (``roads``).
"""

from __future__ import annotations

import io
import json
import sqlite3
from xml.etree import ElementTree as ET

import msgspec
from checks import RAW, harmless, lot
from rich.cells import cell_len
from roads import walked

from analyzer.capture.source import Source
from analyzer.findings.judging import Judging
from analyzer.findings.tables import TABLES
from analyzer.handshakes.handshake import Handshake
from analyzer.ladders import KINDS, mermaid, page, svg
from analyzer.ladders.reading import ladder
from analyzer.ladders.text import lines
from analyzer.reports import FORMATS
from analyzer.reports.report import End, Options, Told

SOURCE = "a \u202e<img>.pcap"
BINARY = {"parquet": b"PAR1", "xlsx": b"PK", "sqlite": b"SQLite format 3\0"}
"""Format -> how its files begin."""
MARKUP = ("<script", "<img", "javascript:")


def drawn(one, width):
    """Check a handshake's ladder, and each drawing of it."""
    made = ladder(one, [SOURCE], fields=True)
    assert all(rung.kind in KINDS for rung in made.rungs)
    assert json.loads(msgspec.json.encode(made))["number"] == one.number
    for line in lines(made, width):
        text = "".join(part for part, _ in line)
        assert text.isprintable(), text
        assert cell_len(text) <= width
    ET.fromstring(svg.draw(made))
    diagram = mermaid.draw(made)
    assert diagram.startswith("sequenceDiagram\n")
    whole = page.draw([made]).lower()
    assert not any(word in whole for word in MARKUP)
    for text in (diagram, whole):
        assert RAW.search(text.replace("\n", "").encode()) is None


def reported(name, everything, counters, table):
    """Check a report of a format that is told everything."""
    one, out = FORMATS[name], io.BytesIO()
    table = (one.tables or tuple(TABLES))[table % len(one.tables or TABLES)]
    told = Told(TABLES, [Source(SOURCE)], Judging(trust_store=("none",)), wanted=one.tells(table))
    report = one.open(out, Options(tables=TABLES, table=table, width=80, version="0", registry="2026-01-01"))
    for each in everything:
        told.take(each)
        report.add(told)
    told.finish()
    report.add(told)
    report.end(End(sources=[Source(SOURCE)], counters=counters))
    data = out.getvalue()
    if name in BINARY:
        assert data.startswith(BINARY[name])
        if name == "sqlite":
            database = sqlite3.connect(":memory:")
            database.deserialize(data)
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            database.close()
        return
    assert RAW.search(data.replace(b"\n", b"").replace(b"\r", b"").replace(b"\t", b"")) is None
    if one.kind == "json":
        for line in data.splitlines() if one.streaming else [data]:
            harmless(line.replace(b"\n", b""))
            json.loads(line)
    if name == "zeek":
        assert len({line.count("\t") for line in data.decode().splitlines() if not line.startswith("#")}) <= 1


def tellings(data):
    """Draw every handshake; tell everything to one of the reports."""
    counters, everything = walked(data)
    for one in everything:
        if isinstance(one, Handshake):
            drawn(one, (20, 40, 80, 120, 240)[lot(data, 5)])
    reported([*FORMATS][lot(data, 3 * len(FORMATS)) // 3], everything, counters, lot(data, 101))
