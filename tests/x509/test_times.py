"""times: against datetime, and every notation that turns up."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.times import GENERALIZED_TIME, SECOND, UTC_TIME, read_time


def read(tag, raw):
    faults = []
    return read_time(tag, raw, faults), faults


@given(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2049, 12, 31, 23, 59, 59)))  # noqa: DTZ001 - hypothesis wants them naive
def test_utc_time_agrees_with_datetime(moment):
    moment = moment.replace(microsecond=0, tzinfo=dt.UTC)
    assert read(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode()) == (int(moment.timestamp()) * SECOND, [])


@given(st.datetimes(dt.datetime(2050, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_generalized_time_agrees_with_datetime(moment):
    moment = moment.replace(microsecond=0, tzinfo=dt.UTC)
    assert read(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode()) == (int(moment.timestamp()) * SECOND, [])


@pytest.mark.parametrize(
    ("tag", "raw", "seconds", "fault"),
    [
        (UTC_TIME, b"491231235959Z", 2524607999, None),  # RFC 5280 section 4.1.2.5.1: 2049, and next 1950
        (UTC_TIME, b"500101000000Z", -631152000, None),
        (UTC_TIME, b"700101000000Z", 0, None),
        (GENERALIZED_TIME, b"99991231235959Z", 253402300799, None),  # section 4.1.2.5: no well-defined expiration
        (GENERALIZED_TIME, b"20250101000000Z", 1735689600, "needless GeneralizedTime"),
        (GENERALIZED_TIME, b"00010101000000Z", -62135596800, "needless GeneralizedTime"),
        (UTC_TIME, b"250101235960Z", 1735776000, "leap second in UTCTime"),
        (UTC_TIME, b"2501010000Z", 1735689600, "loose UTCTime"),
        (UTC_TIME, b"250101010000+0100", 1735689600, "loose UTCTime"),
        (UTC_TIME, b"241231190000-0500", 1735689600, "loose UTCTime"),
        (UTC_TIME, b"250101000000", 1735689600, "loose UTCTime"),
        (GENERALIZED_TIME, b"202501010000", 1735689600, "loose GeneralizedTime"),
    ],
)
def test_moments(tag, raw, seconds, fault):
    assert read(tag, raw) == (seconds * SECOND, [fault] if fault else [])


def test_fractions_keep_nanoseconds():
    assert read(GENERALIZED_TIME, b"20250101000000.1234567891Z")[0] == 1735689600_123456789
    assert read(GENERALIZED_TIME, b"20250101000000,5")[0] == 1735689600_500000000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Z",
        b"251301000000Z",
        b"250230000000Z",
        b"250101240000Z",
        b"250101006000Z",
        b"250101000061Z",
        b"\x1b[31m0101000Z",
        b"2501010000000Z",
        "\uff12\uff150101000000Z".encode(),
        b"250101000000+9999",
        b"250101000000+1",
        b"-50101000000Z",
        b"25 101000000Z",
        b"2" * 1_000_000,
        b"250101000000z",
    ],
)
def test_what_is_no_time(raw):
    assert read(UTC_TIME, raw) == (None, ["bad UTCTime"])


def test_a_tag_that_is_no_time():
    assert read(0x0C, b"250101000000Z") == (None, ["no time but tag 0xc"])


@given(st.sampled_from((UTC_TIME, GENERALIZED_TIME)), st.one_of(st.binary(max_size=40), st.from_regex(rb"[0-9]{10,15}[.Z+0-9]{0,6}")))
def test_nothing_raises(tag, raw):
    time, faults = read(tag, raw)
    assert time is not None or faults
