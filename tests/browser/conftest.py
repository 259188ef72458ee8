"""One browser for all tests, and the reports that they open in it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

for path in (HERE / "browsing.py", HERE / "copies.py", HERE.parent / "cli" / "traffic.py"):
    if path.stem not in sys.modules:  # importlib mode puts no test folder on the path
        spec = importlib.util.spec_from_file_location(path.stem, path)
        sys.modules[path.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[path.stem])


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A browser; starting one costs a second."""
    from browsing import begin

    started = begin(tmp_path_factory.mktemp("profile"))
    yield started
    started.end()


@pytest.fixture
def show(browser):
    """Open pages, one at a time; what the browser says of each fails the test."""
    opened = []

    def run(path, **how):
        if opened:
            opened.pop().close()
        opened.append(browser.open(path, **how))
        return opened[0]

    yield run
    for page in opened:
        page.close()


class Written:
    """A report as a page, and the same scan as JSON: what the page must show."""

    def __init__(self, folder):
        self.page = folder / "report.html"
        self.json = folder / "report.json"
        self._told = None

    def rows(self, table):
        if self._told is None:
            self._told = json.loads(self.json.read_bytes())
            self._told["handshakes"].sort(key=lambda row: row["handshake"])  # they come as they end
        return self._told[table]


def write(made, captures, policies=()):
    """Scan captures and write both reports: as the command line does, without starting a program for each."""
    from analyzer.findings.judging import Judging
    from analyzer.findings.tables import JUDGED, TABLES
    from analyzer.reports import FORMATS
    from analyzer.reports.report import End, Options, Told, tell
    from analyzer.scanning import stream

    walk = stream([str(capture) for capture in captures])
    told = Told(TABLES, walk.sources, Judging(policies=policies), wanted=frozenset(JUDGED), judged=True)
    options = Options(tables=TABLES, version="0.1.0", registry="2026-01-01")
    with made.page.open("wb") as page, made.json.open("wb") as facts:
        reports = [FORMATS["html"].open(page, options), FORMATS["json"].open(facts, options)]
        tell(walk.everything(), told, reports)
        for report in reports:
            report.end(End(sources=walk.sources, counters=walk.counters))
    return made


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Write the report of captures."""

    def run(*captures, policies=()):
        return write(Written(tmp_path_factory.mktemp("report")), captures, policies)

    return run


@pytest.fixture(scope="session")
def samples(written):
    """The report of all samples: everything that a report can show stands in it."""
    return written(*sorted((ROOT / "samples").glob("*.pcapng")), policies=("mozilla-intermediate",))


@pytest.fixture(scope="session")
def tour(tmp_path_factory):
    """The report of one capture, as the command line writes it."""
    made = Written(tmp_path_factory.mktemp("tour"))
    words = ["samples/tour.pcapng", "--quiet", "-o", str(made.page), "-o", str(made.json)]
    done = subprocess.run([sys.executable, "-m", "analyzer", *words], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return made
