"""What a format makes of samples, and of made-up handshakes with the real tables: for the formats of other tools."""

import io
from pathlib import Path
from types import SimpleNamespace

from analyzer.findings.tables import TABLES
from analyzer.handshakes.handshake import Endpoint, Handshake
from analyzer.reports.connection import Connections
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import Counters, stream

SAMPLES = Path(__file__).parents[2] / "samples"
EVERY = sorted(path.name for path in SAMPLES.glob("*.pcap*"))
ENDS = {"client": Endpoint(bytes((192, 0, 2, 1)), 50000), "server": Endpoint(bytes((198, 51, 100, 7)), 443)}


def log(module, *names, table="handshakes"):
    """Write a report of samples, which are one body of traffic."""
    out, walk = io.BytesIO(), stream([SAMPLES / name for name in names])
    report = module.Report(out, Options(tables=TABLES, table=table, version="1.2.3"))
    tell(walk.everything(), Told(TABLES, walk.sources), [report])
    report.end(End(sources=walk.sources, counters=walk.counters))
    return out.getvalue()


def told(handshake, **cells):
    """Tell one made-up handshake; ``cells`` stand in its row in place of what facts makes of it."""
    told = Told(TABLES, [])
    told.take(handshake)
    names = [column.name for column in TABLES["handshakes"].columns]
    (row,) = told.rows("handshakes")
    told._rows["handshakes"] = [tuple((dict(zip(names, row, strict=True)) | cells).values())]
    return told


def made(handshake, module, table="handshakes", **cells):
    """Write a report of one made-up handshake."""
    out = io.BytesIO()
    report = module.Report(out, Options(tables=TABLES, table=table))
    report.add(told(handshake, **cells))
    report.end(End(sources=[], counters=Counters()))
    return out.getvalue()


def connection(handshake=None, **cells):
    """Return a made-up handshake as a Connection."""
    return Connections(TABLES).of(told(Handshake(**ENDS) if handshake is None else handshake, **cells))


def hello(**fields):
    """Return what stands for a hello where only some of its fields are asked for."""
    return SimpleNamespace(**({"extensions": (), "cipher_suites": (), "version": 0x0303} | fields))


def fields(log):
    """Return the lines of a log of Zeek's as its own header says: name of the column -> text."""
    names, lines = [], []
    for line in log.decode().split("\n")[:-1]:
        word, *rest = line.split("\t")
        if word == "#fields":
            names = rest
        elif not word.startswith("#"):
            lines.append(dict(zip(names, [word, *rest], strict=True)))
    return lines
