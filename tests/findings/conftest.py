"""What the tests of this room share: captures made for the rules (importlib mode puts no test folder on the path)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

for name in ("captures_authority", "captures", "captures_handshakes", "captures_names", "captures_chains", "captures_shown", "watched"):
    folder = Path(__file__).parent
    path = (folder if name == "watched" else folder / "rules") / f"{name}.py"
    if name not in sys.modules and path.exists():
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """Captures as files, and scans of them."""
    return sys.modules["captures_shown"].Shelf(tmp_path_factory.mktemp("shelf"))
