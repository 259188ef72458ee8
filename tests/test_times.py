from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.times import clock, iso, iso_seconds, span


@given(st.integers(min_value=-62_135_596_800, max_value=253_402_300_799), st.integers(min_value=0, max_value=999_999_999))
def test_agrees_with_datetime(seconds, ns):
    expected = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat().removesuffix("+00:00")
    assert iso(seconds * 10**9 + ns) == f"{expected}.{ns:09d}Z"


@given(st.integers(min_value=-(2**80), max_value=2**80))
def test_any_integer_is_a_time(ns):
    assert iso(ns).endswith("Z")
    assert len(clock(ns)) == 12


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_767_225_600_123_456_789, "2026-01-01T00:00:00.123456789Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-62_167_219_200 * 10**9, "0000-01-01T00:00:00.000000000Z"),
        (253_402_300_800 * 10**9, "10000-01-01T00:00:00.000000000Z"),
    ],
)
def test_iso(ns, text):
    assert iso(ns) == text


def test_short_forms():
    assert iso_seconds(1_767_225_600_123_456_789) == "2026-01-01 00:00:00"
    assert clock(1_767_225_600_123_999_999) == "00:00:00.123"


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0.000 s"), (1_234_567_890, "1.235 s"), (603 * 10**9, "10 min 3 s"), (3600 * 10**9, "1 h 0 min"), (183_600 * 10**9, "2 d 3 h")],
)
def test_span(ns, text):
    assert span(ns) == text
