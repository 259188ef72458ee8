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

for path in (HERE / "browsing.py", HERE.parent / "cli" / "traffic.py"):
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


@pytest.fixture(scope="session")
def tlsscan():
    """Run the command line."""

    def run(*words, folder=ROOT, codes=(0,)):
        done = subprocess.run([sys.executable, "-m", "analyzer", *map(str, words), "--quiet"], cwd=folder, capture_output=True, check=False)
        assert done.returncode in codes, done.stderr.decode()

    return run


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


@pytest.fixture(scope="session")
def written(tmp_path_factory, tlsscan):
    """Write the report of captures."""

    def run(*captures, more=(), codes=(0,)):
        made = Written(tmp_path_factory.mktemp("report"))
        tlsscan(*captures, "-o", made.page, "-o", made.json, *more, codes=codes)
        return made

    return run


@pytest.fixture(scope="session")
def samples(written):
    """The report of all samples: everything that a report can show stands in it."""
    return written(*sorted((ROOT / "samples").glob("*.pcapng")), more=("--policy", "mozilla-intermediate"))


@pytest.fixture(scope="session")
def tour(written):
    """The report of one capture."""
    return written(ROOT / "samples" / "tour.pcapng")
