"""The closed list of causes and the noun."""

from __future__ import annotations

import re

import msgspec
import pytest

from analyzer.findings.causes import CAUSES, Cause


def test_words_are_words():
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", word) for word in CAUSES)
    assert all(meaning and not meaning.endswith(".") for meaning in CAUSES.values())


def test_a_cause_does_not_change():
    made = Cause(cause="refused", sentence="No.", proof=(), advice="Ask.", certainty="possible")
    assert (made.inferred, made.packets) == (False, ())
    with pytest.raises(AttributeError):
        made.cause = "tampered"
    assert msgspec.json.decode(msgspec.json.encode(made), type=Cause) == made
