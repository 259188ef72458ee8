"""What the tests with live peers share: the lab's stacks (samples/lab), a recording relay, and certificates."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "samples" / "lab"
sys.path.insert(0, str(LAB))

for name in ("relay", "daemons", "train", "wires", "watcher"):  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])

from authority import Authority  # noqa: E402 - the lab is scripts, found by path
from stacks import Lab  # noqa: E402 - the lab is scripts, found by path


@pytest.fixture(scope="module")
def wire():
    """Two pairs of interfaces between two namespaces (tests that take one down lay their own)."""
    with sys.modules["wires"].laid(2) as made:
        yield made


@pytest.fixture(scope="session")
def lab():
    """The lab's certificates in a folder that the users of other servers can reach."""
    with sys.modules["daemons"].open_folder() as folder:
        made = Lab(Authority.of(), folder, folder / "session.keys")
        made.authority.write(folder)
        yield made
