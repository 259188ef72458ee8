"""Every cap has its reason and is heeded somewhere."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import analyzer
from analyzer.limits import DEFAULT, Limits, reasons

ROOT = Path(analyzer.__file__).parent


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_it_is_used_and_says_why(name):
    assert any(f"imits.{name}" in path.read_text() for path in ROOT.rglob("*.py")), "nothing asks for it"
    after = (ROOT / "limits.py").read_text().split(f"    {name}: int")[1]
    assert after.split("\n")[1].strip().startswith('"""')
    assert getattr(DEFAULT, name) > 0


def test_one_can_be_changed():
    assert msgspec.structs.replace(DEFAULT, flows=7).flows == 7
    with pytest.raises(AttributeError):
        DEFAULT.flows = 7


def test_reasons_can_be_read():
    assert tuple(reasons()) == Limits.__struct_fields__
    assert all(reason.endswith(".") and "\n" not in reason for reason in reasons().values())
