"""judging: what --at means, and what it comes to for a packet."""

import datetime as dt
import time

import pytest

from analyzer.errors import JudgingError
from analyzer.findings.judging import Judging, moment_of

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-15", dt.datetime(2026, 3, 15, tzinfo=dt.UTC)),
        ("2026-03-15T12:00:00Z", dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)),
        ("2026-03-15T12:00:00+02:00", dt.datetime(2026, 3, 15, 10, tzinfo=dt.UTC)),
        ("2026-03-15 12:00", dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)),
        ("1969-12-31T23:59:59Z", dt.datetime(1969, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
        ("9999-12-31", dt.datetime(9999, 12, 31, tzinfo=dt.UTC)),
    ],
)
def test_dates(text, wanted):
    assert moment_of(text) == int(wanted.timestamp()) * SECOND


def test_words():
    assert moment_of("capture") is None
    before = time.time_ns()
    assert before <= moment_of("now") <= time.time_ns()


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-02-30", "1e9", "\0", "CAPTURE"])
def test_what_is_no_time(text):
    with pytest.raises(JudgingError, match="neither capture, now, nor a date"):
        moment_of(text)


def test_the_packets_own_time_or_another():
    assert Judging().moment(5) == 5
    assert Judging(at=0).moment(5) == 0


def test_trust(tmp_path):
    store = Judging(trust_store=("none",)).judge()
    assert store.judge((b"no certificate",), 0, purpose="server", name=None).verdict
    from analyzer.errors import TrustStoreError

    with pytest.raises(TrustStoreError):
        Judging(trust_store=(str(tmp_path / "nothing.pem"),)).judge()
