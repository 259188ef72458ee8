"""Handshake messages of RFC 8448 for every test of the room."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def rfc8448() -> dict[str, bytes]:
    """Bodies (without the four-byte header) by name."""
    texts = json.loads(Path(__file__).with_name("rfc8448.json").read_text())
    return {name: bytes.fromhex(text)[4:] for name, text in texts.items() if name != "source"}
