"""What the tests of drawings share: ladders made by hand, ladders of samples, a browser (``rendering``)."""

import importlib.util
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("rendering", Path(__file__).with_name("rendering.py"))
sys.modules["rendering"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(sys.modules["rendering"])


@pytest.fixture(scope="session")
def browser():
    """Start Chromium, once for all; what it needs and is not there skips the test."""
    yield from sys.modules["rendering"].chromium()


@pytest.fixture(scope="session")
def node_modules():
    """Return the folder of packages from npm."""
    return sys.modules["rendering"].packages()
