"""Pages of the HTML report, taken apart: what a browser finds in the file, without a browser."""

from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analyzer.findings.tables import JUDGED, TABLES
from analyzer.reports.html import Report
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import stream

SAMPLES = Path(__file__).parents[3] / "samples"


class Taken(HTMLParser):
    """Elements with their attributes, the text of scripts and styles by id or type, all other text."""

    def __init__(self, data):
        super().__init__()
        self.elements, self.blocks, self.words, self._open = [], {}, [], None
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._open = dict(attrs).get("id", tag)
            self.blocks[self._open] = ""

    def handle_endtag(self, tag):
        if tag in {"script", "style"}:
            self._open = None

    def handle_data(self, data):
        if self._open is None:
            self.words.append(data)
        else:
            self.blocks[self._open] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def block(self, name):
        """What is embedded by this name."""
        return json.loads(zlib.decompress(base64.b64decode(self.blocks[name], validate=True), -zlib.MAX_WBITS))

    def table(self, name):
        """Rows of a table as dicts."""
        columns = {}
        for column in self.block(f"table-{name}")["columns"]:
            if "steps" in column:
                values, before = [], 0
                for step in column["steps"]:
                    before = before if step is None else before + step
                    values.append(None if step is None else before)
            else:
                values = [column["texts"][code] for code in column["rows"]] if "texts" in column else column["rows"]
            columns[column["name"]] = values
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def details(self, kind):
        """Key -> facts, of all chunks of a kind; with what its chunk's things share."""
        told = {}
        for name in self.blocks:
            if re.fullmatch(rf"{kind}-\d+", name):
                chunk = self.block(name)
                shared = {one: chunk[one] for one in ("forms", "shapes") if one in chunk}
                for at, key in enumerate(chunk["keys"]):
                    told[key] = {fact: values[at] for fact, values in chunk["facts"].items() if values[at] is not None} | shared
        return told


@pytest.fixture(scope="session")
def taken():
    """Take a page apart."""
    return Taken


@pytest.fixture(scope="session")
def page_of(tmp_path_factory):
    """Write the page of captures, judged, as the command line does."""

    def run(*captures, interrupted=False):
        walk = stream([str(one) for one in captures])
        told = Told(TABLES, walk.sources, wanted=set(JUDGED), judged=True)
        path = tmp_path_factory.mktemp("page") / "report.html"
        with path.open("wb") as out:
            report = Report(out, Options(tables=TABLES, version="0.1.0", registry="2026-01-01"))
            tell(walk.everything(), told, [report])
            report.end(End(sources=walk.sources, counters=walk.counters, interrupted=interrupted))
        return path.read_bytes()

    return run


@pytest.fixture(scope="session")
def tour(page_of):
    """The page of the sample with a bit of everything."""
    return page_of(SAMPLES / "tour.pcapng")
