"""The notebook on findings runs in a real kernel, and what is stored in it is what it shows now."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat reads notebooks")

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "02-what-it-means.ipynb"


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def ran(stored, run_copy):
    return run_copy(stored, "tour")


def test_what_is_stored_is_what_it_shows(stored, ran, shown):
    assert shown(stored) == shown(ran)


def test_what_it_promises_is_there(ran, shown):
    told = {name: "\n".join(filter(None, texts)) for name, texts in shown(ran).items()}
    assert "null-cipher:19" in told["findings"]
    assert "not_observable" in told["rules"]
    assert "self_signed" in told["trust"]
    assert "expired.example" in told["causes"]
    assert "X25519MLKEM768" in told["pq"]


def test_it_is_a_valid_notebook(stored):
    nbformat.validate(stored)
    assert all(not output.get("ename") for cell in stored.cells for output in cell.get("outputs", []))
