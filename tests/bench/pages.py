"""Pages: how large the HTML report of many handshakes is, how long it takes to write, to open, to search and to sort.

    python tests/bench/pages.py                                     # 50,000 handshakes, five times opened
    python tests/bench/pages.py --handshakes 20000 --times 3 --dark
    python tests/bench/pages.py --page report.html                  # a page that is there

Opening is measured from the start of the navigation until the table of handshakes has rows, in headless Chromium on a file.
Here lives: measuring.  Here does not live: the copies of handshakes, the browser (``tests/browser``).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "browser")]

import copies  # noqa: E402 - scripts, found by path
from browsing import begin  # noqa: E402 - scripts, found by path

READY = """
return new Promise((done) => { const look = () => {
  if (document.querySelector("#handshake-table tbody tr")) done(performance.now()); else setTimeout(look, 5); };
look(); })
"""
SEARCH = """
const field = document.getElementById("search"), told = document.getElementById("matches"), begun = performance.now();
return new Promise((done) => {
  new MutationObserver((_, seen) => { seen.disconnect(); requestAnimationFrame(() => done(performance.now() - begun)); })
    .observe(told, { childList: true, characterData: true, subtree: true });
  field.value = arguments[0]; field.dispatchEvent(new Event("input", { bubbles: true })); })
"""
SORT = """
const begun = performance.now();
document.querySelector(`#handshake-table th[data-column=${arguments[0]}] button`).click();
return new Promise((done) => requestAnimationFrame(() => done(performance.now() - begun)))
"""


def opened(browser, path):
    """Open the page; return milliseconds until its table had rows."""
    page = browser.open(path, ready=False)
    page.driver.set_script_timeout(120)
    return page, page.run(READY)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--handshakes", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.page
        if path is None:
            path = Path(folder) / "report.html"
            begun = time.perf_counter()
            copies.page(path, asked.handshakes)
            spent = time.perf_counter() - begun
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            sys.stdout.write(f"written in {spent:.1f} s (copies made, judged, told), at most {peak:.0f} MiB\n")
        sys.stdout.write(f"size {path.stat().st_size / 1e6:.1f} MB\n")
        browser = begin(Path(folder) / "profile")
        try:
            spans = []
            for _ in range(asked.times):
                page, span = opened(browser, path)
                spans.append(span)
            sys.stdout.write(f"open: median {statistics.median(spans):.0f} ms, longest {max(spans):.0f} ms\n")
            for words in ("host-7.zone", "tls 1.2 failed", ""):
                sys.stdout.write(f"search {words!r}: {page.run(SEARCH, words):.0f} ms\n")
            for name in ("server_name", "duration_ms", "start", "severity"):
                sys.stdout.write(f"sort by {name}: {page.run(SORT, name):.0f} ms\n")
            heap = page.run("return performance.memory?.usedJSHeapSize ?? 0")
            sys.stdout.write(f"heap {heap / 2**20:.0f} MiB\n")
        finally:
            browser.end()


if __name__ == "__main__":
    main()
