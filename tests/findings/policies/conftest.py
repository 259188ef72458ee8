"""Frames of handshakes: made by hand as for the facts (tests/facts/conftest.py), or read from samples."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

import pytest

from analyzer.facts import TABLES, Book
from analyzer.findings.frame import Frame
from analyzer.findings.policies import Observed

TESTS = Path(__file__).parents[2]
SAMPLES = TESTS.parent / "samples"

if "made_facts" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("made_facts", TESTS / "facts" / "conftest.py")
    sys.modules["made_facts"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["made_facts"])


def frame_of(*handshakes):
    """Return a Frame of handshakes, as the judge makes it."""
    book = Book(sources=["a.pcap"])
    rows = [row for number, one in enumerate(handshakes, 1) for row in TABLES["handshakes"].rows(number, one, book)]
    for number, one in enumerate(handshakes, 1):
        one.number = number
    return Frame(TABLES["handshakes"].columns, rows, handshakes, {})


@cache
def sampled(name):
    """Return the handshakes of a sample."""
    import analyzer

    return tuple(handshake for _, handshake in analyzer.stream(SAMPLES / f"{name}.pcapng"))


@pytest.fixture(scope="session")
def make():
    return sys.modules["made_facts"].Make


@pytest.fixture(scope="session")
def frame():
    return frame_of


@pytest.fixture(scope="session")
def observed():
    return lambda *handshakes: Observed(frame_of(*handshakes))


@pytest.fixture(scope="session")
def sample():
    return sampled
