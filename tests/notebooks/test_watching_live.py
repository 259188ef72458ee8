"""The notebook on watching runs in a real kernel, and what is stored in it is what it shows now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat reads notebooks")
if not hasattr(os, "mkfifo"):
    pytest.skip("no named pipes here", allow_module_level=True)

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "03-watching.ipynb"


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def ran(stored, run_copy):
    return run_copy(stored, "tour", "tls13", "tls10-rc4", "quic-v1")


def test_what_is_stored_is_what_it_shows(stored, ran, shown):
    assert shown(stored) == shown(ran)


def test_what_it_promises_is_there(ran, shown):
    told = {name: "\n".join(filter(None, texts)) for name, texts in shown(ran).items()}
    assert told["scan"] == "<Scan of 1 capture(s): 539 packets, 34 handshakes>"
    assert "null-cipher" in told["findings"]
    assert told["accounts"] == "[(539, 0, 0)]"
    [loop] = [cell for cell in ran.cells if cell.id == "loop"]
    lines = [line.split()[1:3] for line in loop.outputs[0].text.splitlines()]
    assert sorted(lines) == [["quic", "complete"], ["tls", "complete"], ["tls", "complete"]]


def test_it_is_a_valid_notebook(stored):
    nbformat.validate(stored)
    assert all(not output.get("ename") for cell in stored.cells for output in cell.get("outputs", []))
