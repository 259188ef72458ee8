"""Whether the report can be read by everybody: axe-core finds no serious violation in any part, in any colours, at any width."""

import os
from pathlib import Path

import pytest
from browsing import NARROW, WIDE

MODULES = Path(os.environ.get("TLSSCAN_NODE_MODULES") or Path(__file__).parents[1] / "rendering" / "node_modules")
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def axe():
    path = MODULES / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("axe-core is not installed (npm install in tests/rendering)")
    return path.read_text("utf-8")


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_serious(show, samples, axe, width, dark):
    page = show(samples.page, width=width, dark=dark)
    page.run(axe)
    failed = next(row["handshake"] for row in samples.rows("handshakes") if row["cause"])
    finding = next(row for row in samples.rows("findings") if row["certificate"])
    found = {}
    for fragment in ("", f"handshake-{failed}", f"finding-{finding['finding']}", f"certificate-{finding['certificate']}", "server-1"):
        page.go(f"#{fragment}")
        page.run("for (const one of document.querySelectorAll('details')) one.open = true")
        told = page.run(
            """return axe.run(document, { resultTypes: ["violations"] }).then((told) => told.violations.map((one) =>
            [one.impact, one.id, one.nodes.length,
                one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + node.failureSummary)]))"""
        )
        found |= {f"{fragment} {name}": (count, nodes) for impact, name, count, nodes in told if impact in GRAVE}
    assert found == {}
